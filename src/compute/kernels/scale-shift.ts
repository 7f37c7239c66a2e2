// Computes x * scale + shift per channel in two passes, for backends that have no kernel for both together.
import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from './kernels.ts';

export const composedScaleShift: Kernels['scaleShift'] = (x, scale, shift, relu) =>
  tf.tidy(() => {
    const scaled = tf.mul(x, scale);
    const shifted = shift === undefined ? scaled : tf.add(scaled, shift);
    return relu === true ? tf.relu(shifted) : shifted;
  });
