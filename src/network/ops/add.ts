// add: y = x_1 + x_2 + ...; every input has the output's gradient.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { MakeOperator } from './operator.ts';
import { nothing } from './operator.ts';
import { expectAttributes } from './attributes.ts';

export const add: MakeOperator = ({ layer, kernels }) => {
  expectAttributes(layer, []);
  return {
    fusesRelu: true,
    keeps: [],
    forward([first, ...others], relu) {
      let sum = first as Tensor;
      others.forEach((x, i) => {
        const more = kernels.add(sum, x, relu && i === others.length - 1);
        if (i > 0) sum.dispose();
        sum = more;
      });
      return sum;
    },
    inputGradients: (dy) => layer.inputs.map(() => dy),
    dispose: nothing,
  };
};
