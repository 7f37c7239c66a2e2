// global-avg-pool: the mean of each channel over all pixels. Every pixel receives an equal share of the gradient.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { MakeOperator } from './operator.ts';

export const make: MakeOperator = ({ kernels, inputShapes }) => {
  const [height, width, channels] = inputShapes[0] as [number, number, number];
  const share: Tensor4D = tf.fill([1, height, width, 1], 1 / (height * width));
  return {
    fusesRelu: false,
    keeps: [],
    forward: ([x]) => kernels.imageMeans(x as Tensor4D),
    inputGradients: (dy) => [tf.tidy(() => tf.mul(tf.reshape(dy, [-1, 1, 1, channels]), share))],
    dispose: () => share.dispose(),
  };
};
