// Kernels on TensorFlow.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Kernels } from './kernels.ts';
import { wasmKernels } from './wasm.ts';

export const tensorflowKernels = (): Kernels => ({
  ...wasmKernels,
  matMul: (a, b, bias, relu) =>
    tf.tidy(() => {
      const product: Tensor2D = tf.matMul(a, b);
      const sum: Tensor2D = bias === undefined ? product : tf.add(product, bias);
      return relu === true ? tf.relu(sum) : sum;
    }),
  scaleShift: (x, scale, shift, relu) =>
    tf.tidy(() => {
      const scaled = tf.mul(x, scale);
      const shifted = shift === undefined ? scaled : tf.add(scaled, shift);
      return relu === true ? tf.relu(shifted) : shifted;
    }),
});
