// x * scale + shift per channel, for backends without a kernel for it: two passes.
import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from './kernels.ts';

export const composedScaleShift: Kernels['scaleShift'] = (x, scale, shift, relu) =>
  tf.tidy(() => {
    const scaled = tf.mul(x, scale);
    const shifted = shift === undefined ? scaled : tf.add(scaled, shift);
    return relu === true ? tf.relu(shifted) : shifted;
  });
