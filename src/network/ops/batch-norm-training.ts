// batch-norm with the statistics of the batch (training): y = (x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias, per channel,
// over the batch and all positions (Ioffe and Szegedy 2015). The arithmetic with its derivatives is in compute/kernels/batch-norm.ts.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { BatchNormPass } from '../../compute/kernels/kernels.ts';
import type { MakeForTraining } from './operator.ts';

/** The statistics of a batch are the mean and the unbiased variance of each channel. */
export const batchNormTraining: MakeForTraining<{ readonly epsilon: number }> = (
  { attributes: { epsilon }, weights, kernels: { batchNorm } },
  onStatistics,
) => {
  const gamma = weights['weight'] as Tensor1D | undefined;
  const beta = weights['bias'] as Tensor1D | undefined;
  const parameters = { gamma, beta, epsilon };
  let pass: Omit<BatchNormPass, 'y'> | undefined;
  /** dL/dx as `weightGradients` computed it on the way, for `inputGradients`. */
  let ready: Tensor | undefined;
  const dispose = (): void => {
    tf.dispose([pass ? [pass.mean, pass.variance, ...pass.kept] : [], ready ?? []]);
    pass = undefined;
    ready = undefined;
  };
  return {
    fusesRelu: true,
    keeps: [], // `pass` keeps what is needed
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
