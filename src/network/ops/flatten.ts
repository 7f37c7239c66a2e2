// flatten: converts an image to a vector in (channel, row, column) order, because the weights of a following linear
// layer expect that order.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { MakeOperator } from './operator.ts';
import { nothing } from './operator.ts';

export const make: MakeOperator = ({ inputShapes, outputShape }) => {
  const shape = inputShapes[0] as readonly number[];
  const [height = 1, width = 1, channels = 1] = shape;
  const length = outputShape[0] as number;
  const isImage = shape.length === 3;
  return {
    fusesRelu: false,
    keeps: [],
    forward: ([x]) => tf.tidy(() => tf.reshape(isImage ? tf.transpose(x!, [0, 3, 1, 2]) : x!, [-1, length])),
    inputGradients: (dy) => [
      tf.tidy((): Tensor => {
        if (!isImage) return tf.reshape(dy, [-1, ...shape]);
        return tf.transpose(tf.reshape(dy, [-1, channels, height, width]), [0, 2, 3, 1]);
      }),
    ],
    dispose: nothing,
  };
};
