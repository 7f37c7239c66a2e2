// batch-norm with the statistics of the batch (training): xc = x - mean(x), s = sqrt(mean(xc^2) + epsilon), y = xc / s * weight + bias,
// means over the batch and all positions. With n their number, m1 = mean(dy) and m2 = mean(dy xc) / s:
// dL/dbias = n m1, dL/dweight = n m2, dL/dx = weight / s (dy - m1 - xc / s m2)   (Ioffe and Szegedy 2015, section 3).
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { Kernels } from '../../compute/kernels/kernels.ts';
import { expectAttributes, numberAttribute } from './attributes.ts';
import type { Operator, OperatorContext } from './operator.ts';

/** Of one batch: mean and (biased) variance of each channel, over `count` values. The tensors belong to the operator. */
export interface BatchStatistics {
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
  readonly count: number;
}

interface Pass {
  readonly centred: Tensor;
  /** 1 / s */
  readonly inverse: Tensor1D;
}

interface Moments {
  readonly m1: Tensor1D;
  readonly m2: Tensor1D;
  readonly count: number;
}

/** An operator for one forward and one backward pass; `onStatistics` is called in the forward pass. */
export function batchNormTraining(
  { layer, weights, kernels }: OperatorContext,
  onStatistics: (statistics: BatchStatistics) => void,
): Operator {
  expectAttributes(layer, ['epsilon']);
  const epsilon = numberAttribute(layer, 'epsilon', 1e-5);
  const gamma = weights['weight'] as Tensor1D | undefined;
  const beta = weights['bias'] as Tensor1D | undefined;
  let pass: Pass | undefined;
  let moments: Moments | undefined;
  const scale = (inverse: Tensor1D): Tensor1D => (gamma ? tf.mul(inverse, gamma) : inverse.clone());
  return {
    fusesRelu: true,
    keeps: [], // centred values instead of the input
    forward([x], relu) {
      tf.dispose([{ ...pass }, { ...moments }]);
      moments = undefined;
      const made = centre(kernels, x!, epsilon, onStatistics);
      pass = made;
      return tf.tidy(() => kernels.scaleShift(made.centred, scale(made.inverse), beta, relu));
    },
    weightGradients(dy) {
      const { m1, m2, count } = (moments ??= measure(kernels, dy, pass!));
      return {
        ...(gamma && { weight: tf.mul(m2, count) }),
        ...(beta && { bias: tf.mul(m1, count) }),
      };
    },
    inputGradients(dy) {
      const { centred, inverse } = pass!;
      const { m1, m2 } = (moments ??= measure(kernels, dy, pass!));
      return [
        tf.tidy(() => {
          const factor = scale(inverse);
          const own = kernels.scaleShift(dy, factor, tf.neg(tf.mul(factor, m1)));
          return tf.add(own, kernels.scaleShift(centred, tf.neg(tf.mul(factor, tf.mul(inverse, m2)))));
        }),
      ];
    },
    dispose() {
      tf.dispose([{ ...pass }, { ...moments }]);
      pass = undefined;
      moments = undefined;
    },
  };
}

function centre(
  kernels: Kernels,
  x: Tensor,
  epsilon: number,
  onStatistics: (statistics: BatchStatistics) => void,
): Pass {
  return tf.tidy(() => {
    const mean = kernels.channelMeans(x);
    const centred: Tensor = kernels.scaleShift(x, tf.onesLike(mean), tf.neg(mean)); // first, or the variance cancels where |mean| is large
    const variance = tf.tidy(() => kernels.channelMeans(tf.square(centred)));
    onStatistics({ mean, variance, count: x.size / mean.size });
    return { centred, inverse: tf.rsqrt<Tensor1D>(tf.add(variance, epsilon)) };
  });
}

function measure(kernels: Kernels, dy: Tensor, { centred, inverse }: Pass): Moments {
  const { m1, m2 } = tf.tidy(() => ({
    m1: kernels.channelMeans(dy),
    m2: tf.mul<Tensor1D>(kernels.channelMeans(tf.mul(dy, centred)), inverse),
  }));
  return { m1, m2, count: dy.size / m1.size };
}
