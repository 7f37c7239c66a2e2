// Kernels on TensorFlow's native library. Operations that tfjs-node does not expose (explicit padding, ReluGrad,
// BiasAdd) are called by name. The fast convolution gradients of oneDNN support only the paddings SAME and VALID, and
// no dilation. For any other padding, the image is padded or cropped before the call. Gradients with a dilation are
// composed of forward convolutions. The gradient of the input at stride 1 is always composed, because the composition
// is faster.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { TensorflowBinding } from '../load-tensorflow.ts';
import { fitBorders } from './borders.ts';
import { channelMeans, imageMeans } from './channel-sums.ts';
import { TransposedConv, denseFilterGradient, exactConv, filterSize } from './dense-convolution.ts';
import { composedDepthwiseFilterGradient, depthwiseConvolution, simpleDepthwise } from './depthwise-convolution.ts';
import { fusedConvs } from './forward.ts';
import type { ConvolutionKernels, Window } from './forward.ts';
import type { ConvGeometry, Pair } from './geometry.ts';
import { groupedConvolution } from './grouped-convolution.ts';
import type { Convolution, Kernels } from './kernels.ts';
import { nativeBatchNorm } from './native-batch-norm.ts';
import { nativeOperations } from './native-operations.ts';
import type { NativeOperations } from './native-operations.ts';
import { avgPool, avgPoolGradient, maxPool, maxPoolGradient, subsample } from './pooling.ts';
import { composedScaleShift } from './scale-shift.ts';

export function tensorflowKernels(binding: TensorflowBinding): Kernels {
  const native = nativeOperations(binding);
  const depthwise: ConvolutionKernels = {
    forward: simpleDepthwise(fusedConvs.depthwise, { unequalStrides: false }),
    filterGradient: composedDepthwiseFilterGradient,
  };
  const dense = (filter: Tensor4D, geometry: ConvGeometry): Convolution => nativeConvolution(native, filter, geometry);
  return {
    convolution(filter, geometry) {
      if (geometry.groups === 1) return dense(filter, geometry);
      if (filter.shape[2] === 1) return depthwiseConvolution(depthwise, filter, geometry);
      return groupedConvolution(dense, filter, geometry);
    },
    matMul: (a, b, bias, relu) => native.finish(tf.matMul<Tensor2D>(a, b), { bias, relu }),
    add: (a, b, relu) => native.add(a, b, relu),
    scaleShift: composedScaleShift,
    batchNorm: nativeBatchNorm(native),
    reluGradient: (dy, y) => native.reluGradient(dy, y),
    maxPool,
    maxPoolGradient,
    avgPool,
    avgPoolGradient,
    subsample,
    spread: (dy, stride, size) => native.spread(dy, stride, size),
    channelMeans,
    imageMeans,
  };
}

function nativeConvolution(native: NativeOperations, filter: Tensor4D, geometry: ConvGeometry): Convolution {
  const { stride, dilation } = geometry;
  const isDilated = dilation[0] !== 1 || dilation[1] !== 1;
  const composed = isDilated || (stride[0] === 1 && stride[1] === 1);
  let transposed: TransposedConv | undefined;
  return {
    forward: (x, finish) => exactConv(native.conv, x, filter, geometry, finish),
    takesAddend: native.fuses(),
    inputGradient(dy, size) {
      if (!composed) return strided(native, filter, geometry, dy, size);
      transposed ??= new TransposedConv(native.conv, filter, geometry, (taps) => tf.transpose(taps, [0, 1, 3, 2]));
      return transposed.apply(dy, size);
    },
    filterGradient(x, dy) {
      if (isDilated) return denseFilterGradient(native.conv, x, dy, filterSize(filter), geometry);
      return undilatedFilterGradient(native, x, dy, filter.shape, geometry);
    },
    dispose() {
      transposed?.dispose();
      transposed = undefined;
    },
  };
}

/**
 * Computes the gradient of the input for strides greater than 1: the gradient of the padded image, cropped to the
 * image.
 */
function strided(
  native: NativeOperations,
  filter: Tensor4D,
  { stride, padding }: Window,
  dy: Tensor4D,
  size: Pair,
): Tensor4D {
  const [top, bottom, left, right] = padding;
  return tf.tidy(() => {
    const around: Pair = [size[0] + top + bottom, size[1] + left + right];
    const shape = tf.tensor1d([dy.shape[0], ...around, filter.shape[2]], 'int32');
    const dx = native.convInputGradient(shape, filter, dy, stride);
    return fitBorders(dx, [-top, -bottom, -left, -right]);
  });
}

/**
 * Computes the gradient of a filter without dilation. The image is cropped or padded to exactly the rows and columns
 * that the filter reaches. With unused rows, the gradient of 1x1 filters with a stride is wrong (oneDNN in TensorFlow
 * 2.15).
 */
function undilatedFilterGradient(
  native: NativeOperations,
  x: Tensor4D,
  dy: Tensor4D,
  shape: readonly [number, number, number, number],
  { stride, padding: [top, , left] }: Window,
): Tensor4D {
  const [, height, width] = x.shape;
  const [, h, w] = dy.shape;
  const bottom = (h - 1) * stride[0] + shape[0] - height - top;
  const right = (w - 1) * stride[1] + shape[1] - width - left;
  const isHalf = (before: number, after: number): boolean => after >= before && after - before <= 1;
  const isFull = h === Math.ceil(height / stride[0]) && w === Math.ceil(width / stride[1]);
  const isSame = isFull && isHalf(top, bottom) && isHalf(left, right); // padding SAME as TensorFlow defines it
  return tf.tidy(() => {
    const size = tf.tensor1d([...shape], 'int32');
    const padded = isSame ? x : fitBorders(x, [top, bottom, left, right]);
    return native.convFilterGradient(padded, size, dy, stride, isSame ? 'SAME' : 'VALID');
  });
}
