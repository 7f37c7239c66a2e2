// Kernels on tfjs's WebAssembly backend. Its fast kernels (convolutions, pools, elementwise operations) come from
// XNNPACK. The gradients of convolutions are Lethe's own kernels (simd/). All other operations are composed of fast
// kernels. They avoid tfjs's `matMul`, `where`, `batchNorm`, `stridedSlice` and sums, which are at least ten times
// slower on this backend.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { composedBatchNorm } from './batch-norm.ts';
import { channelMeans, imageMeans } from './channel-sums.ts';
import { composedConvolution } from './composed-convolution.ts';
import { fusedConvs } from './forward.ts';
import type { ConvolutionKernels, Window } from './forward.ts';
import type { ConvGeometry } from './geometry.ts';
import type { Convolution, Kernels } from './kernels.ts';
import { composedAvgPoolGradient, composedMaxPoolGradient } from './composed-pooling.ts';
import { filterGradientOnWasm, inputGradientOnWasm } from './simd/conv-gradients.ts';
import { avgPool, maxPool, spread, subsample } from './pooling.ts';

const POINT: Window = { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1] };

export const wasmKernels: Kernels = {
  convolution,
  matMul,
  add: (a, b, relu) =>
    tf.tidy(() => {
      const sum = tf.add(a, b);
      return relu === true ? tf.relu(sum) : sum;
    }),
  scaleShift,
  batchNorm: composedBatchNorm(scaleShift),
  reluGradient: (dy, y) => tf.tidy(() => tf.mul(dy, tf.step(y))),
  maxPool,
  maxPoolGradient: composedMaxPoolGradient,
  avgPool,
  avgPoolGradient: composedAvgPoolGradient,
  subsample,
  spread,
  channelMeans,
  imageMeans,
};

const gradients = { filterGradient: filterGradientOnWasm, stridedInputGradient: inputGradientOnWasm };
const convs: Readonly<Record<'dense' | 'depthwise', ConvolutionKernels>> = {
  dense: { forward: fusedConvs.dense, ...gradients },
  depthwise: { forward: fusedConvs.depthwise, ...gradients },
};

function convolution(filter: Tensor4D, geometry: ConvGeometry): Convolution {
  return composedConvolution(convs, filter, geometry);
}

/** Computes a matrix product as a 1x1 convolution of an image that has one pixel per row of `a`. */
function matMul(a: Tensor2D, b: Tensor2D, bias?: Tensor1D, relu?: boolean): Tensor2D {
  return tf.tidy(() => {
    const image: Tensor4D = tf.reshape(a, [1, 1, ...a.shape]);
    const filter: Tensor4D = tf.reshape(b, [1, 1, ...b.shape]);
    return tf.reshape(fusedConvs.dense(image, filter, POINT, { bias, relu }), [a.shape[0], b.shape[1]]);
  });
}

/** Computes x * scale + shift per channel as a depthwise 1x1 convolution. x may have any shape [..., channels]. */
function scaleShift(x: Tensor, scale: Tensor1D, shift?: Tensor1D, relu?: boolean): Tensor {
  const channels = scale.size;
  return tf.tidy(() => {
    const image: Tensor4D = tf.reshape(x, [1, 1, x.size / channels, channels]);
    const filter: Tensor4D = tf.reshape(scale, [1, 1, channels, 1]);
    return tf.reshape(fusedConvs.depthwise(image, filter, POINT, { bias: shift, relu }), x.shape);
  });
}
