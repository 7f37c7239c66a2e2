// How many images may go through a network at once: what a forward pass keeps for its pullback, measured on one image.
import * as tf from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';
import { USUAL_ROWS } from './passes.ts';

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

/** More images at once than a processor likes are worth it where they are faster by this. */
const GAIN = 1.1;

/**
 * Images at once that evaluate the most per second: USUAL_ROWS, doubled as long as that is measured to be faster by a tenth and `most`
 * allows it. For a GPU, which few images do not fill; on a processor more are slower.
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

/** Evaluations (forward and one product) per unit of time: the best of three, after one that finds and compiles what it needs. */
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
