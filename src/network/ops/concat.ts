// concat: concatenates the channels of the inputs. The gradient with respect to an input is its part of dy's channels.
import * as tf from '@tensorflow/tfjs-core';
import type { MakeOperator } from './operator.ts';
import { nothing } from './operator.ts';

export const make: MakeOperator = ({ inputShapes }) => {
  const channels = inputShapes.map((shape) => shape.at(-1) as number);
  return {
    fusesRelu: false,
    keeps: [],
    forward: (inputs) => tf.concat([...inputs], inputs[0]!.rank - 1),
    inputGradients: (dy) => tf.split(dy, channels, dy.rank - 1),
    dispose: nothing,
  };
};
