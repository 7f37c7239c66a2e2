// batch-norm with the statistics of the batch (training): y = (x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias, per channel,
// over the batch and all positions (Ioffe and Szegedy 2015). The arithmetic with its derivatives is in compute/kernels/batch-norm.ts.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { BatchNormPass } from '../../compute/kernels/kernels.ts';
import { expectAttributes, numberAttribute } from './attributes.ts';
import type { Operator, OperatorContext } from './operator.ts';

/** Of one batch: mean and (biased) variance of each channel, over `count` values. The tensors belong to the operator. */
export interface BatchStatistics {
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
  readonly count: number;
}

/** An operator for one forward and one backward pass; `onStatistics` is called in the forward pass. */
export function batchNormTraining(
  { layer, weights, kernels: { batchNorm } }: OperatorContext,
  onStatistics: (statistics: BatchStatistics) => void,
): Operator {
  expectAttributes(layer, ['epsilon']);
  const epsilon = numberAttribute(layer, 'epsilon', 1e-5);
  const gamma = weights['weight'] as Tensor1D | undefined;
  const beta = weights['bias'] as Tensor1D | undefined;
  const parameters = { gamma, beta, epsilon };
  let pass: Omit<BatchNormPass, 'y'> | undefined;
  /** Left by `weightGradients`, which come with it, for `inputGradients`. */
  let ready: Tensor | undefined;
  const dispose = (): void => {
    tf.dispose([pass ? [pass.mean, pass.variance, ...pass.kept] : [], ready ?? []]);
    pass = undefined;
    ready = undefined;
  };
  return {
    fusesRelu: true,
    keeps: [], // the pass keeps what is needed
    forward([x], relu) {
      dispose();
      const { y, ...rest } = batchNorm.forward(x!, parameters, relu);
      pass = rest;
      onStatistics({ mean: rest.mean, variance: rest.variance, count: x!.size / rest.mean.size });
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
}
