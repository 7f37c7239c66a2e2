// shortcut-a (He et al. 2016, option A): selects every stride-th row and column, and adds channels of zeros, half of
// them before and half after the existing channels.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { MakeOperator } from './operator.ts';
import { nothing } from './operator.ts';

interface ShortcutAttributes {
  readonly stride: number;
  /** Number of channels of the output. */
  readonly channels: number;
}

export const make: MakeOperator<ShortcutAttributes> = ({ attributes, kernels, inputShapes }) => {
  const { stride } = attributes;
  const [height, width, channels] = inputShapes[0] as [number, number, number];
  const side = (attributes.channels - channels) / 2;
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
