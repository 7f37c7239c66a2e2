// How many images may go through a network at once: what a forward pass keeps for its pullback, measured on one image.
import * as tf from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';
import { USUAL_ROWS } from './noised-batch.ts';

/**
 * Beside what is kept: the gradients on their way back, and the kernels' scratch space. Measured as growth of the resident memory per
 * image over what is kept: 1.5 (ResNet-20) and 1.8 (VGG-16 at 224 x 224) on tensorflow, 1.7 and 5.0 on wasm; so the worst of these.
 */
const OVER_KEPT = 5;

/** Bytes that an evaluation of one image takes at its peak, on the backend. Runs one forward pass. */
export function bytesPerImage(map: FeatureMap): number {
  const before = tf.memory().numBytes;
  const x = tf.zeros<tf.Rank.R4>([1, ...map.inputShape]);
  const at = map.linearize(x);
  const kept = tf.memory().numBytes - before;
  at.dispose();
  x.dispose();
  return OVER_KEPT * kept;
}

/** Images at once within `bytes`: from 0, not even one, up to what is fastest anyway. */
export function imagesWithin(bytes: number, perImage: number): number {
  return Math.min(USUAL_ROWS, Math.floor(bytes / perImage));
}
