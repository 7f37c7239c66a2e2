// Interface of the arithmetic that is implemented differently for each backend; the operators of networks use it.
// Operations that tfjs computes correctly and fast on every backend (reshaping, concatenating, ...) are used directly
// and are not part of it. Images are [batch, height, width, channels]; filters are [kh, kw, in / groups, out]. Results
// are new tensors, which the caller disposes.
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Finish } from './forward.ts';
import type { ConvGeometry, Pair, PoolGeometry } from './geometry.ts';

/**
 * A convolution with a fixed filter, and its derivatives. As usual in networks, y = x * filter is the
 * cross-correlation.
 */
export interface Convolution {
  forward(x: Tensor4D, finish?: Finish): Tensor4D;
  /** True if `forward` accepts an addend, which is cheaper than a separate addition. */
  readonly takesAddend: boolean;
  /** Computes dL/dx from dL/dy, for images of this height and width. */
  inputGradient(dy: Tensor4D, size: Pair): Tensor4D;
  /** Computes dL/dfilter. */
  filterGradient(x: Tensor4D, dy: Tensor4D): Tensor4D;
  /** Disposes of tensors derived from the filter; the filter itself belongs to the caller. */
  dispose(): void;
}

/** Normalisation of each channel (last axis) by mean and variance of the batch, then gamma (default: 1), beta (0) and a ReLU. */
export interface BatchNorm {
  forward(x: Tensor, parameters: BatchNormParameters, relu: boolean): BatchNormPass;
  /** Computes the gradients from `dy`, the gradient before the ReLU. All results are new tensors. */
  gradients(
    dy: Tensor,
    pass: Pick<BatchNormPass, 'kept'>,
    parameters: BatchNormParameters,
  ): { readonly dx: Tensor; readonly gamma: Tensor1D; readonly beta: Tensor1D };
}

export interface BatchNormParameters {
  readonly gamma: Tensor1D | undefined;
  readonly beta: Tensor1D | undefined;
  readonly epsilon: number;
}

export interface BatchNormPass {
  readonly y: Tensor;
  readonly mean: Tensor1D;
  /** Biased variance: the mean of the squares. */
  readonly variance: Tensor1D;
  /** Tensors that `gradients` needs. */
  readonly kept: readonly Tensor[];
}

export interface Kernels {
  convolution(filter: Tensor4D, geometry: ConvGeometry): Convolution;
  /**
   * Matrix product of a [n, k] and b [k, m], plus bias [m]. It is fastest if `b` was used before, since backends may
   * cache it.
   */
  matMul(a: Tensor2D, b: Tensor2D, bias?: Tensor1D, relu?: boolean): Tensor2D;
  /** Sum a + b of equal shapes. */
  add(a: Tensor, b: Tensor, relu?: boolean): Tensor;
  /** Computes x * scale + shift per channel (last axis). */
  scaleShift(x: Tensor, scale: Tensor1D, shift?: Tensor1D, relu?: boolean): Tensor;
  readonly batchNorm: BatchNorm;
  /** Gradient of a ReLU: dy where y > 0, else 0. */
  reluGradient(dy: Tensor, y: Tensor): Tensor;
  maxPool(x: Tensor4D, pool: PoolGeometry): Tensor4D;
  /** Computes dL/dx. Among equal maxima in a window, the first receives the gradient. `y` is the output for `x`. */
  maxPoolGradient(dy: Tensor4D, x: Tensor4D, y: Tensor4D, pool: PoolGeometry): Tensor4D;
  /** Mean of each window; zeros of the padding count. */
  avgPool(x: Tensor4D, pool: PoolGeometry): Tensor4D;
  avgPoolGradient(dy: Tensor4D, size: Pair, pool: PoolGeometry): Tensor4D;
  /** Selects every `stride`-th row and column, from the first on. */
  subsample(x: Tensor4D, stride: Pair): Tensor4D;
  /** Transpose of `subsample`: all other rows and columns are zero. */
  spread(dy: Tensor4D, stride: Pair, size: Pair): Tensor4D;
  /** Mean over all axes but the last. */
  channelMeans(x: Tensor): Tensor1D;
  /** Means over each image: x [batch, h, w, c] -> [batch, c]. */
  imageMeans(x: Tensor4D): Tensor2D;
}
