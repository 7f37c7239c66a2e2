// Kernels on TensorFlow's own library: its operations by name, past what tfjs-node exposes (explicit padding, ReluGrad, BiasAdd).
// Its fast gradients (oneDNN) know the paddings SAME and VALID only, and no dilation; what they cannot do is composed of forward
// convolutions, as is the gradient at stride 1, where that is faster.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { TensorflowBinding } from '../load-tensorflow.ts';
import { fitBorders } from './borders.ts';
import { channelMeans, imageMeans } from './channel-sums.ts';
import { TransposedConv, denseFilterGradient, exactConv, filterSize } from './dense-convolution.ts';
import { depthwiseConvolution, simpleDepthwise } from './depthwise-convolution.ts';
import { fusedConvs } from './forward.ts';
import type { ForwardConv, Window } from './forward.ts';
import type { ConvGeometry, Pair } from './geometry.ts';
import { groupedConvolution } from './grouped-convolution.ts';
import type { Convolution, Kernels } from './kernels.ts';
import { avgPool, avgPoolGradient, maxPool, maxPoolGradient, spread, subsample } from './pooling.ts';

interface Attribute {
  readonly name: string;
  readonly type: unknown;
  readonly value: unknown;
}

/** The part of tfjs-node's backend that runs any operation of TensorFlow. */
interface NativeBackend {
  executeSingleOutput(operation: string, attributes: readonly Attribute[], inputs: readonly Tensor[]): Tensor;
}

export function tensorflowKernels(binding: TensorflowBinding): Kernels {
  const native = nativeOperations(binding);
  const depthwise = simpleDepthwise(fusedConvs.depthwise, { unequalStrides: false });
  const dense = (filter: Tensor4D, geometry: ConvGeometry): Convolution => nativeConvolution(native, filter, geometry);
  return {
    convolution(filter, geometry) {
      if (geometry.groups === 1) return dense(filter, geometry);
      if (filter.shape[2] === 1) return depthwiseConvolution(depthwise, filter, geometry);
      return groupedConvolution(dense, filter, geometry);
    },
    matMul: (a, b, bias, relu) => native.finish(tf.matMul(a, b), bias, relu) as Tensor2D,
    scaleShift: (x, scale, shift, relu) =>
      tf.tidy(() => {
        const scaled = tf.mul(x, scale);
        const shifted = shift === undefined ? scaled : tf.add(scaled, shift);
        return relu === true ? tf.relu(shifted) : shifted;
      }),
    reluGradient: (dy, y) => native.reluGradient(dy, y),
    maxPool,
    maxPoolGradient,
    avgPool,
    avgPoolGradient,
    subsample,
    spread,
    channelMeans,
    imageMeans,
  };
}

interface NativeOperations {
  readonly conv: ForwardConv;
  /** Adds a bias, rectifies; takes over `x`. */
  finish(x: Tensor, bias?: Tensor1D, relu?: boolean): Tensor;
  reluGradient(dy: Tensor, y: Tensor): Tensor;
  convInputGradient(size: Tensor1D, filter: Tensor4D, dy: Tensor4D, stride: Pair): Tensor4D;
  convFilterGradient(x: Tensor4D, size: Tensor1D, dy: Tensor4D, stride: Pair, padding: 'SAME' | 'VALID'): Tensor4D;
}

function nativeOperations(binding: TensorflowBinding): NativeOperations {
  const type = { name: 'T', type: binding['TF_ATTR_TYPE'], value: binding['TF_FLOAT'] };
  const integers = (name: string, value: readonly number[]): Attribute => ({
    name,
    type: binding['TF_ATTR_INT'],
    value,
  });
  const text = (name: string, value: string): Attribute => ({ name, type: binding['TF_ATTR_STRING'], value });
  const format = text('data_format', 'NHWC');
  const run = <T extends Tensor>(operation: string, attributes: readonly Attribute[], inputs: readonly Tensor[]): T =>
    (tf.backend() as unknown as NativeBackend).executeSingleOutput(operation, [type, ...attributes], inputs) as T;
  const windows = (stride: Pair, padding: Attribute[], dilation: Pair = [1, 1]): Attribute[] => [
    integers('strides', [1, ...stride, 1]),
    ...padding,
    format,
    { name: 'use_cudnn_on_gpu', type: binding['TF_ATTR_BOOL'], value: true },
    integers('dilations', [1, ...dilation, 1]),
  ];
  const finish = (x: Tensor, bias?: Tensor1D, relu?: boolean): Tensor => {
    let y = x;
    const replace = (next: Tensor): void => {
      y.dispose();
      y = next;
    };
    if (bias !== undefined) replace(run('BiasAdd', [format], [y, bias]));
    if (relu === true) replace(tf.relu(y));
    return y;
  };
  return {
    finish,
    conv(x, filter, { stride, padding, dilation }, bias, relu) {
      const borders = padding.every((border) => border === 0)
        ? [text('padding', 'VALID')]
        : [text('padding', 'EXPLICIT'), integers('explicit_paddings', [0, 0, ...padding, 0, 0])];
      return finish(run('Conv2D', windows(stride, borders, dilation), [x, filter]), bias, relu) as Tensor4D;
    },
    reluGradient: (dy, y) => run('ReluGrad', [], [dy, y]),
    convInputGradient: (size, filter, dy, stride) =>
      run('Conv2DBackpropInput', windows(stride, [text('padding', 'VALID')]), [size, filter, dy]),
    convFilterGradient: (x, size, dy, stride, padding) =>
      run('Conv2DBackpropFilter', windows(stride, [text('padding', padding)]), [x, size, dy]),
  };
}

function nativeConvolution(native: NativeOperations, filter: Tensor4D, geometry: ConvGeometry): Convolution {
  const { stride, dilation } = geometry;
  const isDilated = dilation[0] !== 1 || dilation[1] !== 1;
  const composed = isDilated || (stride[0] === 1 && stride[1] === 1);
  let transposed: TransposedConv | undefined;
  return {
    forward: (x, bias, relu) => exactConv(native.conv, x, filter, geometry, bias, relu),
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

/** The gradient of the padded image, its borders cut away. */
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
 * Of an image whose borders are exactly those that the filter reaches: with rows left over, the gradient of 1x1 filters with a
 * stride is wrong (oneDNN in TensorFlow 2.15).
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
  const isSame = isFull && isHalf(top, bottom) && isHalf(left, right); // what TensorFlow calls SAME
  return tf.tidy(() => {
    const size = tf.tensor1d([...shape], 'int32');
    const padded = isSame ? x : fitBorders(x, [top, bottom, left, right]);
    return native.convFilterGradient(padded, size, dy, stride, isSame ? 'SAME' : 'VALID');
  });
}
