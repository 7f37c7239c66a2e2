// Number of images that go through a network together. Memory bounds it, which is measured on one image; speed decides
// within that bound.
import * as tf from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';
import { USUAL_ROWS } from './passes.ts';

/**
 * Peak memory of an evaluation, relative to the tensors that the forward pass holds for the pullback. Gradients and the
 * scratch space of the kernels add to these. Measured from the resident memory: 1.5 (ResNet-20) and 1.8 (VGG-16 at 224
 * x 224) on tensorflow, 1.7 and 5.0 on wasm. The value is the largest of these.
 */
const PEAK_OVER_HELD = 5;

/** Peak bytes of an evaluation of one image on the current backend. Runs one forward pass. */
export function bytesPerImage(map: FeatureMap): number {
  const before = tf.memory().numBytes;
  const x = tf.zeros<tf.Rank.R4>([1, ...map.inputShape]);
  const at = map.linearize(x);
  const held = tf.memory().numBytes - before;
  at.dispose();
  x.dispose();
  return PEAK_OVER_HELD * held;
}

/** Least speed-up for which a doubled number of images is worth its memory. */
const GAIN = 1.1;

/**
 * Number of images with the most evaluations per second. It starts at USUAL_ROWS and doubles as long as `most` allows
 * it and the measured speed grows by a tenth. A GPU needs many images to be busy; a CPU becomes slower with more.
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
 * Evaluations (forward pass and one product) per unit of time: the fastest of three runs, after a warm-up run that
 * compiles the kernels.
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
