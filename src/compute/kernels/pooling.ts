// Pools, their gradients, and subsampling. The padding is added to the image before a pool of tfjs is called, and the
// pool itself runs without padding. The reason is that tfjs's pools treat padding differently on every backend, and
// that the gradient of the average pool is wrong with padding on wasm and cpu.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { fitBorders, interleave, keepFirst } from './borders.ts';
import { runKernel } from './forward.ts';
import type { Padding, Pair, PoolGeometry } from './geometry.ts';

/** Padding value for max pools, below all other values. It is finite, because GPUs need not support infinity. */
export const LOWEST = -3e38;

const attributes = ({ size, stride }: Omit<PoolGeometry, 'padding'>): object => ({
  filterSize: size,
  strides: stride,
  pad: 'valid',
  dimRoundingMode: null,
});

const opposite = ([top, bottom, left, right]: Padding): Padding => [-top, -bottom, -left, -right];

export function maxPool(x: Tensor4D, pool: PoolGeometry): Tensor4D {
  return tf.tidy(() => runKernel('MaxPool', { x: fitBorders(x, pool.padding, LOWEST) }, attributes(pool)));
}

/** Computes the gradient of a max pool with tfjs's own kernel. */
export function maxPoolGradient(dy: Tensor4D, x: Tensor4D, y: Tensor4D, pool: PoolGeometry): Tensor4D {
  return tf.tidy(() => {
    const input = fitBorders(x, pool.padding, LOWEST);
    const dx = runKernel('MaxPoolGrad', { dy, input, output: y }, attributes(pool));
    return fitBorders(dx, opposite(pool.padding));
  });
}

export function avgPool(x: Tensor4D, pool: PoolGeometry): Tensor4D {
  return tf.tidy(() => runKernel('AvgPool', { x: fitBorders(x, pool.padding) }, attributes(pool)));
}

/** Computes the gradient of an average pool with tfjs's own kernel, which is correct without padding. */
export function avgPoolGradient(dy: Tensor4D, size: Pair, pool: PoolGeometry): Tensor4D {
  const [top, bottom, left, right] = pool.padding;
  const [batch, , , channels] = dy.shape;
  return tf.tidy(() => {
    const input = tf.zeros([batch, size[0] + top + bottom, size[1] + left + right, channels]); // the kernel reads only its shape
    const dx = runKernel('AvgPoolGrad', { dy, input }, attributes(pool));
    return fitBorders(dx, opposite(pool.padding));
  });
}

/**
 * Selects every `stride`-th row and column by a max pool with windows of one pixel, the fastest kernel for this
 * purpose. Always returns a new tensor.
 */
export function subsample(x: Tensor4D, stride: Pair): Tensor4D {
  if (stride[0] === 1 && stride[1] === 1) return x.clone();
  return runKernel('MaxPool', { x }, attributes({ size: [1, 1], stride }));
}

/**
 * Transpose of `subsample`: returns an image of height and width `size`, with dy at every `stride`-th row and column
 * and zeros elsewhere.
 */
export function spread(dy: Tensor4D, stride: Pair, size: Pair): Tensor4D {
  return tf.tidy(() => {
    const zeros = tf.zerosLike(dy);
    const parts = Array.from({ length: stride[0] }, (_, a) =>
      Array.from({ length: stride[1] }, (_, b) => (a + b === 0 ? dy : zeros)),
    );
    return keepFirst(interleave(parts), size);
  });
}
