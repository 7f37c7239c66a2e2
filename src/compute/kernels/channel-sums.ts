// Means over images and positions, computed as average pools over whole images. An average pool is ten times faster
// than `sum` on wasm. The means are computed per image first, so that rounding errors do not grow with the batch.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { runKernel } from './forward.ts';

/** Computes the mean of each channel in each image: x [batch, h, w, c] -> [batch, c]. */
export function imageMeans(x: Tensor4D): Tensor2D {
  const [batch, h, w, c] = x.shape;
  const pool = { filterSize: [h, w], strides: [1, 1], pad: 'valid', dimRoundingMode: null };
  const means: Tensor4D = runKernel('AvgPool', { x }, pool);
  const flat: Tensor2D = tf.reshape(means, [batch, c]);
  means.dispose();
  return flat;
}

/** Computes the mean of each channel over all other axes: x [batch, h, w, c] or [batch, c] -> [c]. */
export function channelMeans(x: Tensor): Tensor1D {
  return tf.tidy(() => tf.mean<Tensor1D>(x.rank === 4 ? imageMeans(x as Tensor4D) : x, 0));
}
