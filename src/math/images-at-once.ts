// Number of images that go through a network together. The measured memory of one image gives an upper bound. The
// fastest number within this bound is chosen.
import * as tf from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';
import { USUAL_ROWS } from './passes.ts';

/**
 * Peak memory of an evaluation, divided by the memory of the tensors that the forward pass holds for the pullback. The
 * difference is due to gradients and scratch space of the kernels. Measured ratios of resident memory: 1.5 (ResNet-20)
 * and 1.8 (VGG-16 at 224 x 224) on tensorflow, 1.7 and 5.0 on wasm. The constant is the largest ratio.
 */
const PEAK_OVER_HELD = 5;

/** Estimates the peak memory of evaluating one image on the current backend, in bytes. Runs one forward pass. */
export function bytesPerImage(map: FeatureMap): number {
  const before = tf.memory().numBytes;
  const x = tf.zeros<tf.Rank.R4>([1, ...map.inputShape]);
  const at = map.linearize(x);
  const held = tf.memory().numBytes - before;
  at.dispose();
  x.dispose();
  return PEAK_OVER_HELD * held;
}

/** Least speed-up factor for which doubling the number of images is worth the memory. */
const GAIN = 1.1;

/**
 * Returns the number of images with the most evaluations per second. The search starts at USUAL_ROWS and doubles the
 * number until it would exceed `most` or the measured speed grows by less than a tenth. A GPU needs many images to be
 * busy; a CPU is slower with many images.
 */
export async function fastestImagesAtOnce(
  map: FeatureMap,
  most: number,
  clock: () => number = () => performance.now(),
): Promise<number> {
  let images = USUAL_ROWS;
  let speed = await speedOf(map, images, clock);
  while (2 * images <= most) {
    const faster = await speedOf(map, 2 * images, clock);
    if (faster < GAIN * speed) break;
    images *= 2;
    speed = faster;
  }
  return images;
}

/**
 * Returns the number of evaluations (forward pass and one product) per unit of `clock` in the fastest of three runs. A
 * warm-up run before them compiles the kernels.
 */
async function speedOf(map: FeatureMap, images: number, clock: () => number): Promise<number> {
  let least = Infinity;
  for (let run = 0; run < 4; run++) {
    const start = clock();
    const x = tf.zeros<tf.Rank.R4>([images, ...map.inputShape]);
    const at = map.linearize(x);
    const dx = at.pullback(at.f);
    const sum = tf.sum(dx);
    tf.dispose([x, dx]);
    at.dispose();
    await sum.data();
    sum.dispose();
    if (run > 0) least = Math.min(least, clock() - start);
  }
  return images / least;
}
