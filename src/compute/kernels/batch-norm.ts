// Batch normalisation with batch statistics, composed of other kernels. Means are over the batch and all positions.
// Forward: xc = x - mean(x), s = sqrt(mean(xc^2) + epsilon), y = xc / s * gamma + beta.
// Backward, with n positions in the batch, m1 = mean(dy) and m2 = mean(dy xc) / s: dL/dbeta = n m1, dL/dgamma = n m2,
// dL/dx = gamma / s (dy - m1 - xc / s m2) (Ioffe and Szegedy 2015, section 3).
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { channelMeans } from './channel-sums.ts';
import type { BatchNorm, Kernels } from './kernels.ts';

export function composedBatchNorm(scaleShift: Kernels['scaleShift']): BatchNorm {
  const scaleOf = (inverse: Tensor1D, gamma: Tensor1D | undefined): Tensor1D =>
    gamma ? tf.mul(inverse, gamma) : inverse.clone();
  return {
    forward: (x, { gamma, beta, epsilon }, relu) =>
      tf.tidy(() => {
        const mean = channelMeans(x);
        // x is centred first, because mean(x^2) - mean(x)^2 suffers from cancellation for large |mean|.
        const centred = scaleShift(x, tf.onesLike(mean), tf.neg(mean));
        const variance = tf.tidy(() => channelMeans(tf.square(centred)));
        const inverse = tf.rsqrt<Tensor1D>(tf.add(variance, epsilon));
        const y = scaleShift(centred, scaleOf(inverse, gamma), beta, relu);
        return { y, mean, variance, kept: [centred, inverse] };
      }),
    gradients(dy, { kept }, { gamma }) {
      const [centred, inverse] = kept as [Tensor, Tensor1D];
      const channels = inverse.size;
      return tf.tidy(() => {
        const m1 = channelMeans(dy);
        const m2 = tf.mul<Tensor1D>(channelMeans(tf.mul(dy, centred)), inverse);
        const factor = scaleOf(inverse, gamma);
        const own = scaleShift(dy, factor, tf.neg(tf.mul(factor, m1)));
        const dx = tf.add(own, scaleShift(centred, tf.neg(tf.mul(factor, tf.mul(inverse, m2)))));
        const count = dy.size / channels;
        return { dx, gamma: tf.mul(m2, count), beta: tf.mul(m1, count) };
      });
    },
  };
}
