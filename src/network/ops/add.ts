// add: y = x_1 + x_2 + ...; every input has the output's gradient.
import * as tf from '@tensorflow/tfjs-core';
import type { MakeOperator } from './operator.ts';
import { nothing } from './operator.ts';
import { expectAttributes } from './attributes.ts';

export const add: MakeOperator = ({ layer }) => {
  expectAttributes(layer, []);
  return {
    fusesRelu: true,
    keeps: [],
    forward: (inputs, relu) =>
      tf.tidy(() => {
        const sum = inputs.reduce((total, x) => tf.add(total, x));
        return relu ? tf.relu(sum) : sum;
      }),
    inputGradients: (dy) => layer.inputs.map(() => dy.clone()),
    dispose: nothing,
  };
};
