// shortcut-a (He et al. 2016, option A): every stride-th row and column, and channels of zeros added equally before and after.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { expectAttributes, numberAttribute } from './attributes.ts';
import type { MakeOperator } from './operator.ts';
import { nothing } from './operator.ts';

export const shortcutA: MakeOperator = ({ layer, kernels, inputShapes }) => {
  expectAttributes(layer, ['stride', 'channels']);
  const stride = numberAttribute(layer, 'stride', 2);
  const [height, width, channels] = inputShapes[0] as [number, number, number];
  const side = (numberAttribute(layer, 'channels', channels) - channels) / 2;
  return {
    fusesRelu: false,
    keeps: [],
    forward: ([x]) =>
      tf.tidy(() => {
        const kept = kernels.subsample(x as Tensor4D, [stride, stride]);
        return tf.pad(kept, [
          [0, 0],
          [0, 0],
          [0, 0],
          [side, side],
        ]);
      }),
    inputGradients: (dy) => [
      tf.tidy(() => {
        const [batch, h, w] = dy.shape as [number, number, number];
        const own: Tensor4D = tf.slice(dy as Tensor4D, [0, 0, 0, side], [batch, h, w, channels]);
        return kernels.spread(own, [stride, stride], [height, width]);
      }),
    ],
    dispose: nothing,
  };
};
