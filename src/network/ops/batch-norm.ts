// batch-norm with fixed statistics (evaluation):
// y = (x - running_mean) / sqrt(running_var + epsilon) * weight + bias, an affine map of each channel.
// batch-norm-training.ts computes the batch-norm with batch statistics (training).
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { MakeOperator } from './operator.ts';

export { batchNormTraining as makeForTraining } from './batch-norm-training.ts';

export const make: MakeOperator<{ readonly epsilon: number }> = ({ attributes, weights, kernels }) => {
  const { scale, shift } = affine(weights, attributes.epsilon);
  return {
    fusesRelu: true,
    keeps: [],
    forward: ([x], relu) => kernels.scaleShift(x!, scale, shift, relu),
    inputGradients: (dy) => [kernels.scaleShift(dy, scale)],
    dispose: () => tf.dispose([scale, shift]),
  };
};

/**
 * Computes the scale and the shift of each channel in float64. Folding (fold.ts) uses float64 too, so a batch-norm and
 * its folded form compute with the same numbers.
 */
function affine(weights: Readonly<Record<string, Tensor>>, epsilon: number): { scale: Tensor1D; shift: Tensor1D } {
  const values = (slot: string): ArrayLike<number> | undefined => weights[slot]?.dataSync();
  const [gamma, beta] = [values('weight'), values('bias')];
  const [mean, variance] = [values('running_mean')!, values('running_var')!];
  const scale = Float64Array.from(variance, (value, c) => (gamma?.[c] ?? 1) / Math.sqrt(value + epsilon));
  const shift = scale.map((factor, c) => (beta?.[c] ?? 0) - mean[c]! * factor);
  return { scale: tf.tensor1d(Float32Array.from(scale)), shift: tf.tensor1d(Float32Array.from(shift)) };
}
