// Derivatives of dense convolutions. On backends without fast kernels for the derivatives, they are composed of forward
// convolutions.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { addedBorders, cropBorders, fitBorders, interleave, keepFirst } from './borders.ts';
import type { ConvolutionKernels, FilterGradient, Finish, ForwardConv, Window } from './forward.ts';
import type { ConvGeometry, Padding, Pair, Phase } from './geometry.ts';
import { transposedPhases } from './geometry.ts';
import type { Convolution } from './kernels.ts';
import { subsample } from './pooling.ts';

export function denseConvolution(kernels: ConvolutionKernels, filter: Tensor4D, geometry: ConvGeometry): Convolution {
  let transposed: TransposedMap | undefined;
  return {
    forward: (x, finish) => exactConv(kernels.forward, x, filter, geometry, finish),
    takesAddend: false,
    inputGradient(dy, size) {
      transposed ??= transposedMap(kernels, filter, geometry, (taps) => tf.transpose(taps, [0, 1, 3, 2]));
      return transposed.apply(dy, size);
    },
    filterGradient: (x, dy) => kernels.filterGradient(x, dy, filterSize(filter), geometry),
    dispose() {
      transposed?.dispose();
      transposed = undefined;
    },
  };
}

export function filterSize(filter: Tensor4D): Pair {
  return [filter.shape[0], filter.shape[1]];
}

/** Transpose of a convolution (as a linear map). It owns the tensors that are derived from the filter. */
export interface TransposedMap {
  /** Computes dL/dx from dL/dy, for images x of height and width `size`. */
  apply(dy: Tensor4D, size: Pair): Tensor4D;
  dispose(): void;
}

/**
 * Creates the transpose of a convolution.
 * @param turn maps filter taps [kh, kw, in, out] to the filter that maps dy to dx
 */
export function transposedMap(
  { forward, stridedInputGradient }: ConvolutionKernels,
  filter: Tensor4D,
  geometry: ConvGeometry,
  turn: (taps: Tensor4D) => Tensor4D,
): TransposedMap {
  const { stride } = geometry;
  if (stridedInputGradient === undefined || (stride[0] === 1 && stride[1] === 1))
    return new TransposedConv(forward, filter, geometry, turn);
  const turned = tf.keep(tf.tidy(() => turn(filter).clone()));
  return {
    apply: (dy, size) => stridedInputGradient(dy, turned, size, geometry),
    dispose: () => turned.dispose(),
  };
}

/**
 * Transpose of a convolution, composed of convolutions. At stride 1 it is one convolution with the filter rotated by
 * 180 degrees. At stride s, the pixels of dx with equal row and column modulo s form one of s x s phases. Each phase is
 * a convolution of dy with every s-th tap, and the phases are interleaved. The filters are computed once.
 */
export class TransposedConv implements TransposedMap {
  readonly #rows: readonly Phase[];
  readonly #columns: readonly Phase[];
  /** Filters by [row phase][column phase]; undefined if no tap contributes to the phase. */
  readonly #filters: readonly (readonly (Tensor4D | undefined)[])[];
  readonly #conv: ForwardConv;
  readonly #inner: number;

  /**
   * Prepares the filters of all phases.
   * @param turn maps filter taps [kh, kw, in, out] to the filter that maps dy to dx
   */
  constructor(conv: ForwardConv, filter: Tensor4D, geometry: ConvGeometry, turn: (taps: Tensor4D) => Tensor4D) {
    const { stride, dilation, padding } = geometry;
    const [kh, kw, inner] = filter.shape;
    this.#conv = conv;
    this.#inner = inner;
    this.#rows = transposedPhases(kh, stride[0], dilation[0], padding[0]);
    this.#columns = transposedPhases(kw, stride[1], dilation[1], padding[2]);
    this.#filters = this.#rows.map((row) =>
      this.#columns.map((column) =>
        row.taps.length * column.taps.length === 0
          ? undefined
          : tf.keep(tf.tidy(() => turn(pickTaps(filter, row.taps, column.taps)))),
      ),
    );
  }

  apply(dy: Tensor4D, size: Pair): Tensor4D {
    const count: Pair = [Math.ceil(size[0] / this.#rows.length), Math.ceil(size[1] / this.#columns.length)];
    const [row, column] = [this.#rows[0] as Phase, this.#columns[0] as Phase];
    if (this.#rows.length === 1 && this.#columns.length === 1)
      return this.#phase(dy, this.#filters[0]![0], [row, column], count);
    return tf.tidy(() => {
      const phases = this.#filters.map((line, a) =>
        line.map((filter, b) => this.#phase(dy, filter, [this.#rows[a] as Phase, this.#columns[b] as Phase], count)),
      );
      return keepFirst(interleave(phases), size);
    });
  }

  #phase(dy: Tensor4D, filter: Tensor4D | undefined, [row, column]: readonly [Phase, Phase], count: Pair): Tensor4D {
    const [batch, h, w] = dy.shape;
    if (filter === undefined) return tf.zeros([batch, count[0], count[1], this.#inner]);
    const after = ({ taps, dilation, start }: Phase, outputs: number, inputs: number): number =>
      outputs + (taps.length - 1) * dilation + start - inputs;
    const padding: Padding = [-row.start, after(row, count[0], h), -column.start, after(column, count[1], w)];
    return exactConv(this.#conv, dy, filter, { stride: [1, 1], padding, dilation: [row.dilation, column.dilation] });
  }

  dispose(): void {
    tf.dispose(this.#filters.flat().filter((filter) => filter !== undefined));
  }
}

/**
 * Selects the filter taps in the given rows and columns. It concatenates slices, because `gather` is much slower on
 * wasm, which matters in training.
 */
function pickTaps(filter: Tensor4D, rows: readonly number[], columns: readonly number[]): Tensor4D {
  const [kh, kw, inner, outer] = filter.shape;
  if (isReversal(rows, kh) && isReversal(columns, kw)) return tf.reverse(filter, [0, 1]);
  const taps = rows.flatMap((u) => columns.map((v) => tf.slice(filter, [u, v, 0, 0], [1, 1, inner, outer])));
  return tf.reshape(tf.concat(taps, 0), [rows.length, columns.length, inner, outer]);
}

export function composedFilterGradient(conv: ForwardConv): FilterGradient {
  return (x, dy, size, geometry) =>
    size[0] === 1 && size[1] === 1
      ? pointFilterGradient(x, dy, geometry)
      : denseFilterGradient(conv, x, dy, size, geometry);
}

function isReversal(indices: readonly number[], count: number): boolean {
  return indices.length === count && indices.every((index, i) => index === count - 1 - i);
}

/**
 * Computes the gradient of the filter,
 * dW[u, v] = sum over images and positions of x[i stride + u dilation - before, ...] dy[i, ...].
 * It is a convolution whose channels are the images and whose filter is dy, with stride and dilation exchanged.
 */
export function denseFilterGradient(
  conv: ForwardConv,
  x: Tensor4D,
  dy: Tensor4D,
  [kh, kw]: Pair,
  { stride, padding: [top, , left], dilation }: ConvGeometry,
): Tensor4D {
  const [, height, width] = x.shape;
  const [, h, w] = dy.shape;
  const after = (outputs: number, s: number, kernel: number, d: number, size: number, before: number): number =>
    (outputs - 1) * s + (kernel - 1) * d + 1 - size - before; // pads to exactly the rows that the filter reaches
  const window: Window = {
    stride: dilation,
    padding: [
      top,
      after(h, stride[0], kh, dilation[0], height, top),
      left,
      after(w, stride[1], kw, dilation[1], width, left),
    ],
    dilation: stride,
  };
  return tf.tidy(() => {
    const images = tf.transpose(x, [3, 1, 2, 0]);
    const filter = tf.transpose(dy, [1, 2, 0, 3]);
    return tf.transpose(exactConv(conv, images, filter, window), [1, 2, 0, 3]);
  });
}

/** Computes the gradient of a 1x1 filter as a matrix product: the transpose of x [pixels, c], times dy [pixels, o]. */
function pointFilterGradient(x: Tensor4D, dy: Tensor4D, { stride, padding: [top, , left] }: ConvGeometry): Tensor4D {
  const [, height, width, channels] = x.shape;
  const [, h, w, outputs] = dy.shape;
  const [tall, wide] = [(h - 1) * stride[0] + 1, (w - 1) * stride[1] + 1];
  return tf.tidy(() => {
    const seen = subsample(fitBorders(x, [top, tall - height - top, left, wide - width - left]), stride);
    const columns: Tensor2D = tf.transpose(tf.reshape(seen, [-1, channels]));
    return tf.reshape(tf.matMul(columns, tf.reshape(dy, [-1, outputs])), [1, 1, channels, outputs]);
  });
}

/**
 * Computes a convolution whose padding may be negative. Negative padding removes rows and columns of the image first.
 */
export function exactConv(conv: ForwardConv, x: Tensor4D, filter: Tensor4D, window: Window, finish?: Finish): Tensor4D {
  if (window.padding.every((border) => border >= 0)) return conv(x, filter, window, finish);
  const cut = cropBorders(x, window.padding);
  const y = conv(cut, filter, { ...window, padding: addedBorders(window.padding) }, finish);
  cut.dispose();
  return y;
}
