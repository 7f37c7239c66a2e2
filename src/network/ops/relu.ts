// relu: y = max(0, x). The gradient at 0 is 0.
import * as tf from '@tensorflow/tfjs-core';
import type { MakeOperator } from './operator.ts';
import { nothing } from './operator.ts';

export const make: MakeOperator = ({ kernels }) => {
  return {
    fusesRelu: false,
    keeps: ['output'],
    forward: ([x]) => tf.relu(x!),
    inputGradients: (dy, { output }) => [kernels.reluGradient(dy, output)],
    dispose: nothing,
  };
};
