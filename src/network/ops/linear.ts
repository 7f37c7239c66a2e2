// linear: y = x W + bias, with x [batch, in] and W [in, out]. The stored form of W is [out, in].
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { MakeOperator, Operator } from './operator.ts';
import { sumOverPositions } from './sums.ts';

export const make: MakeOperator = ({ weights, kernels, inputShapes }): Operator => {
  const weight = weights['weight'] as Tensor2D;
  const bias = weights['bias'] as Tensor1D | undefined;
  const rows = (x: Tensor): Tensor2D => tf.reshape(x, [-1, weight.shape[0]]); // accepts images of one pixel as well
  let transposed: Tensor2D | undefined;
  return {
    fusesRelu: true,
    keeps: [],
    forward: ([x], relu) => tf.tidy(() => kernels.matMul(rows(x!), weight, bias, relu)),
    inputGradients(dy) {
      transposed ??= tf.keep(tf.transpose(weight)); // kept beyond the tidy scope of this call
      const turned = transposed;
      return [tf.tidy(() => tf.reshape(kernels.matMul(dy as Tensor2D, turned), [-1, ...inputShapes[0]!]))];
    },
    weightGradients: (dy, { inputs: [x] }) => ({
      weight: tf.tidy(() => kernels.matMul(tf.transpose(rows(x!)), dy as Tensor2D)),
      ...(bias && { bias: sumOverPositions(kernels, dy) }),
    }),
    dispose() {
      transposed?.dispose();
      transposed = undefined;
    },
  };
};
