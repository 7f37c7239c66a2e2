// Kernels of tfjs's plain JavaScript backend: slow, but always available.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { composedBatchNorm } from './batch-norm.ts';
import { composedConvolution } from './composed-convolution.ts';
import { composedFilterGradient } from './dense-convolution.ts';
import { composedDepthwiseFilterGradient, simpleDepthwise } from './depthwise-convolution.ts';
import { fusedConvs } from './forward.ts';
import type { ConvolutionKernels } from './forward.ts';
import type { Kernels } from './kernels.ts';
import { avgPoolGradient, maxPoolGradient } from './pooling.ts';
import { composedScaleShift } from './scale-shift.ts';
import { wasmKernels } from './wasm.ts';

const convs: Readonly<Record<'dense' | 'depthwise', ConvolutionKernels>> = {
  dense: { forward: fusedConvs.dense, filterGradient: composedFilterGradient(fusedConvs.dense) },
  depthwise: {
    forward: simpleDepthwise(fusedConvs.depthwise, { unequalStrides: true }),
    filterGradient: composedDepthwiseFilterGradient,
  },
};

export const cpuKernels: Kernels = {
  ...wasmKernels,
  convolution: (filter, geometry) => composedConvolution(convs, filter, geometry),
  maxPoolGradient,
  avgPoolGradient,
  matMul: (a, b, bias, relu) =>
    tf.tidy(() => {
      const product: Tensor2D = tf.matMul(a, b);
      const sum: Tensor2D = bias === undefined ? product : tf.add(product, bias);
      return relu === true ? tf.relu(sum) : sum;
    }),
  scaleShift: composedScaleShift,
  batchNorm: composedBatchNorm(composedScaleShift),
};
