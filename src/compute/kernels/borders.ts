// Adds and removes rows and columns at the borders of images.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Padding, Pair } from './geometry.ts';

/**
 * Adds rows and columns of `value` for positive padding, and removes rows and columns for negative padding. Always
 * returns a new tensor.
 */
export function fitBorders(x: Tensor4D, padding: Padding, value = 0): Tensor4D {
  const [top, bottom, left, right] = padding;
  return tf.tidy(() => {
    const cut = cropBorders(x, padding);
    if (!padding.some((width) => width > 0)) return cut;
    const add = (width: number): number => Math.max(0, width);
    return tf.pad(
      cut,
      [
        [0, 0],
        [add(top), add(bottom)],
        [add(left), add(right)],
        [0, 0],
      ],
      value,
    );
  });
}

/**
 * Removes rows and columns for negative padding. Ignores positive padding, because kernels add it at no cost. Always
 * returns a new tensor.
 */
export function cropBorders(x: Tensor4D, [top, bottom, left, right]: Padding): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const cut = (border: number): number => Math.max(0, -border);
  if (top >= 0 && bottom >= 0 && left >= 0 && right >= 0) return x.clone();
  const [rows, columns] = [height - cut(top) - cut(bottom), width - cut(left) - cut(right)];
  return tf.slice(x, [0, cut(top), cut(left), 0], [batch, rows, columns, channels]);
}

/** Returns the padding with negative entries replaced by 0. */
export function addedBorders([top, bottom, left, right]: Padding): Padding {
  return [Math.max(0, top), Math.max(0, bottom), Math.max(0, left), Math.max(0, right)];
}

/** Returns the first `rows` rows and `columns` columns of an image, always as a new tensor. */
export function keepFirst(x: Tensor4D, [rows, columns]: Pair): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (rows === height && columns === width) return x.clone();
  return tf.slice(x, [0, 0, 0, 0], [batch, rows, columns, channels]);
}

/**
 * Interleaves images parts[a][b] of equal shape [batch, h, w, c] to one image [batch, h * rows, w * columns, c]. Its
 * pixel at row i * rows + a and column j * columns + b is the pixel at row i and column j of parts[a][b].
 */
export function interleave(parts: readonly (readonly Tensor4D[])[]): Tensor4D {
  const [batch, h, w, c] = (parts[0] as readonly Tensor4D[])[0]!.shape;
  const [rows, columns] = [parts.length, (parts[0] as readonly Tensor4D[]).length];
  return tf.tidy(() => {
    const lines = parts.map((line) => weave(line, batch * h * w, c));
    return tf.reshape(weave(lines, batch * h, w * columns * c), [batch, h * rows, w * columns, c]);
  });
}

/**
 * Interleaves parts: takes `inner` values of each part in turn, and repeats this `outer` times. Concatenating along the
 * first axis and then transposing is much faster on wasm than concatenating along the last axis.
 */
function weave(parts: readonly tf.Tensor[], outer: number, inner: number): tf.Tensor {
  if (parts.length === 1) return parts[0] as tf.Tensor;
  const flat = parts.map((part) => tf.reshape(part, [outer * inner]));
  return tf.transpose(tf.reshape(tf.concat(flat, 0), [parts.length, outer, inner]), [1, 0, 2]);
}
