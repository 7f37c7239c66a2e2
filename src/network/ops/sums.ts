// Sum over the batch and all positions. It is the gradient of a vector that all positions share, for example a bias.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { Kernels } from '../../compute/kernels/kernels.ts';

/** Computes the sum over all axes but the last: x [batch, ..., c] -> [c]. */
export function sumOverPositions(kernels: Kernels, x: Tensor): Tensor1D {
  const channels = x.shape.at(-1) as number;
  return tf.tidy(() => tf.mul(kernels.channelMeans(x), x.size / channels));
}
