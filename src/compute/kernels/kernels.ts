// The arithmetic that backends do differently, as one interface: what operators of networks are written in. Whatever tfjs does
// right and fast on every backend (reshaping, joining, ...) is used directly and is not here.
// Images are [batch, height, width, channels]; filters are [kh, kw, in / groups, out]. Results are new tensors of the caller.
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Finish } from './forward.ts';
import type { ConvGeometry, Pair, PoolGeometry } from './geometry.ts';

/** A convolution with a fixed filter and all its derivatives; y = x * filter, cross-correlation as is usual in networks. */
export interface Convolution {
  forward(x: Tensor4D, finish?: Finish): Tensor4D;
  /** `forward` takes an addend, at less cost than an addition afterwards. */
  readonly takesAddend: boolean;
  /** The transposed map: dL/dx from dL/dy, for images of this height and width. */
  inputGradient(dy: Tensor4D, size: Pair): Tensor4D;
  /** dL/dfilter. */
  filterGradient(x: Tensor4D, dy: Tensor4D): Tensor4D;
  /** Frees what was derived from the filter; the filter itself stays the caller's. */
  dispose(): void;
}

/** Normalisation of each channel (last axis) by mean and variance of the batch, then gamma (default: 1), beta (0) and a ReLU. */
export interface BatchNorm {
  forward(x: Tensor, parameters: BatchNormParameters, relu: boolean): BatchNormPass;
  /** `dy` before the ReLU. All new tensors. */
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
  /** Biased: the mean of the squares. */
  readonly variance: Tensor1D;
  /** What `gradients` needs. */
  readonly kept: readonly Tensor[];
}

export interface Kernels {
  convolution(filter: Tensor4D, geometry: ConvGeometry): Convolution;
  /** a [n, k] times b [k, m], plus bias [m]. Fastest when `b` is a tensor used before. */
  matMul(a: Tensor2D, b: Tensor2D, bias?: Tensor1D, relu?: boolean): Tensor2D;
  /** a + b, of equal shapes. */
  add(a: Tensor, b: Tensor, relu?: boolean): Tensor;
  /** x * scale + shift per channel (last axis). */
  scaleShift(x: Tensor, scale: Tensor1D, shift?: Tensor1D, relu?: boolean): Tensor;
  readonly batchNorm: BatchNorm;
  /** dy where y > 0, else 0. */
  reluGradient(dy: Tensor, y: Tensor): Tensor;
  maxPool(x: Tensor4D, pool: PoolGeometry): Tensor4D;
  /** dL/dx; of equal values in a window the first has the gradient. `y` is the output for `x`. */
  maxPoolGradient(dy: Tensor4D, x: Tensor4D, y: Tensor4D, pool: PoolGeometry): Tensor4D;
  /** Mean of each window, border zeros counted. */
  avgPool(x: Tensor4D, pool: PoolGeometry): Tensor4D;
  avgPoolGradient(dy: Tensor4D, size: Pair, pool: PoolGeometry): Tensor4D;
  /** Every `stride`-th row and column, from the first on. */
  subsample(x: Tensor4D, stride: Pair): Tensor4D;
  /** The transposed map of `subsample`: zeros between. */
  spread(dy: Tensor4D, stride: Pair, size: Pair): Tensor4D;
  /** Mean over all but the last axis. */
  channelMeans(x: Tensor): Tensor1D;
  /** x [batch, h, w, c] -> mean over the image [batch, c]. */
  imageMeans(x: Tensor4D): Tensor2D;
}
