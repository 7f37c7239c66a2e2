// batch-norm with batch statistics (training): y = (x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias, per
// channel, over the batch and all positions (Ioffe and Szegedy 2015). The kernels with their derivatives are in
// compute/kernels/batch-norm.ts.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { BatchNormPass } from '../../compute/kernels/kernels.ts';
import type { MakeForTraining } from './operator.ts';

/**
 * Creates a batch-norm for training. Its forward pass reports the mean and the variance of each channel, with the
 * correction that makes the variance unbiased.
 */
export const batchNormTraining: MakeForTraining<{ readonly epsilon: number }> = (
  { attributes: { epsilon }, weights, kernels: { batchNorm } },
  onStatistics,
) => {
  const gamma = weights['weight'] as Tensor1D | undefined;
  const beta = weights['bias'] as Tensor1D | undefined;
  const parameters = { gamma, beta, epsilon };
  let pass: Omit<BatchNormPass, 'y'> | undefined;
  /** Gradient dL/dx, a by-product of `weightGradients`. It is stored until `inputGradients` returns it. */
  let ready: Tensor | undefined;
  const dispose = (): void => {
    tf.dispose([pass ? [pass.mean, pass.variance, ...pass.kept] : [], ready ?? []]);
    pass = undefined;
    ready = undefined;
  };
  return {
    fusesRelu: true,
    keeps: [], // `pass` stores everything that the gradients need
    forward([x], relu) {
      dispose();
      const { y, ...rest } = batchNorm.forward(x!, parameters, relu);
      pass = rest;
      const count = x!.size / rest.mean.size;
      onStatistics([
        { slot: 'running_mean', value: rest.mean, correction: 1 },
        { slot: 'running_var', value: rest.variance, correction: count > 1 ? count / (count - 1) : 1 },
      ]);
      return y;
    },
    weightGradients(dy) {
      const made = batchNorm.gradients(dy, pass!, parameters);
      ready?.dispose();
      ready = made.dx;
      if (!gamma) made.gamma.dispose();
      if (!beta) made.beta.dispose();
      return { ...(gamma && { weight: made.gamma }), ...(beta && { bias: made.beta }) };
    },
    inputGradients(dy) {
      const known = ready;
      ready = undefined;
      if (known !== undefined) return [known];
      const made = batchNorm.gradients(dy, pass!, parameters);
      tf.dispose([made.gamma, made.beta]);
      return [made.dx];
    },
    dispose,
  };
};
