// Interface of the arithmetic that each backend implements in its own way. The operators of networks use it. It does
// not contain operations that tfjs computes correctly and fast on every backend (reshaping, concatenating, ...);
// operators call tfjs for them. Images are [batch, height, width, channels]; filters are [kh, kw, in / groups, out].
// Results are new tensors, which the caller disposes of.
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Finish } from './forward.ts';
import type { ConvGeometry, Pair, PoolGeometry } from './geometry.ts';

/**
 * A convolution with a fixed filter, and its derivatives. As usual in networks, y = x * filter is the
 * cross-correlation.
 */
export interface Convolution {
  forward(x: Tensor4D, finish?: Finish): Tensor4D;
  /** True if `forward` accepts an addend. Passing an addend is cheaper than a separate addition. */
  readonly takesAddend: boolean;
  /** Computes dL/dx from dL/dy, for images x of height and width `size`. */
  inputGradient(dy: Tensor4D, size: Pair): Tensor4D;
  /** Computes dL/dfilter. */
  filterGradient(x: Tensor4D, dy: Tensor4D): Tensor4D;
  /** Disposes of tensors that are derived from the filter. The filter itself belongs to the caller. */
  dispose(): void;
}

/**
 * Batch normalisation: normalises each channel (last axis) by the mean and variance of the batch, multiplies by gamma
 * (default 1), adds beta (default 0), and applies a ReLU if `relu` is true.
 */
export interface BatchNorm {
  forward(x: Tensor, parameters: BatchNormParameters, relu: boolean): BatchNormPass;
  /**
   * Computes the gradients from `dy`, the gradient with respect to the output before the ReLU. All results are new
   * tensors.
   */
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
  /** Biased variance: the mean of the squared deviations from the mean. */
  readonly variance: Tensor1D;
  /** Tensors that `gradients` needs. */
  readonly kept: readonly Tensor[];
}

export interface Kernels {
  convolution(filter: Tensor4D, geometry: ConvGeometry): Convolution;
  /**
   * Computes the matrix product of a [n, k] and b [k, m], plus bias [m], and applies a ReLU if `relu` is true. It is
   * faster if the same tensor `b` was used before, because backends may cache `b`.
   */
  matMul(a: Tensor2D, b: Tensor2D, bias?: Tensor1D, relu?: boolean): Tensor2D;
  /** Computes a + b for equal shapes, and applies a ReLU if `relu` is true. */
  add(a: Tensor, b: Tensor, relu?: boolean): Tensor;
  /** Computes x * scale + shift per channel (last axis), and applies a ReLU if `relu` is true. */
  scaleShift(x: Tensor, scale: Tensor1D, shift?: Tensor1D, relu?: boolean): Tensor;
  readonly batchNorm: BatchNorm;
  /** Computes the gradient of a ReLU with output y: dy where y > 0, else 0. */
  reluGradient(dy: Tensor, y: Tensor): Tensor;
  maxPool(x: Tensor4D, pool: PoolGeometry): Tensor4D;
  /**
   * Computes dL/dx from dL/dy and the output `y` for `x`. Among equal maxima in a window, the first receives the
   * gradient.
   */
  maxPoolGradient(dy: Tensor4D, x: Tensor4D, y: Tensor4D, pool: PoolGeometry): Tensor4D;
  /** Computes the mean of each window, including the zeros of the padding. */
  avgPool(x: Tensor4D, pool: PoolGeometry): Tensor4D;
  avgPoolGradient(dy: Tensor4D, size: Pair, pool: PoolGeometry): Tensor4D;
  /** Selects every `stride`-th row and column, from the first on. */
  subsample(x: Tensor4D, stride: Pair): Tensor4D;
  /**
   * Transpose of `subsample`: returns an image of height and width `size`, with dy at every `stride`-th row and column
   * and zeros elsewhere.
   */
  spread(dy: Tensor4D, stride: Pair, size: Pair): Tensor4D;
  /** Computes the mean of each channel over all other axes. */
  channelMeans(x: Tensor): Tensor1D;
  /** Computes the mean of each channel in each image: x [batch, h, w, c] -> [batch, c]. */
  imageMeans(x: Tensor4D): Tensor2D;
}
