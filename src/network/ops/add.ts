// add: y = x_1 + x_2 + ... The gradient with respect to each input is dy.
import * as tf from '@tensorflow/tfjs-core';
import type { MakeOperator } from './operator.ts';
import { nothing } from './operator.ts';

export const make: MakeOperator = ({ kernels, inputShapes }) => {
  return {
    fusesRelu: true,
    keeps: [],
    forward: (inputs, relu) =>
      tf.tidy(() => inputs.reduce((sum, x, i) => kernels.add(sum, x, relu && i === inputs.length - 1))),
    inputGradients: (dy) => inputShapes.map(() => dy),
    dispose: nothing,
  };
};
