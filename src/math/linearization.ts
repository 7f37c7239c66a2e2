// Vector-Jacobian products at one image x: J(x)^T u for many u from one forward pass. Not at noised images: see noised-batch.ts.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';
import type { Random } from './random.ts';
import { expectFinite } from './read-back.ts';

/** What was spent on an image. */
export interface Costs {
  /** Images that went forward only. */
  forwards: number;
  /** Images that went forward and had one vector-Jacobian product; a further product on the same forward counts .6 (measured). */
  evaluations: number;
}

/** The cost of a further product on the same forward pass, in evaluations. */
export const FURTHER_PRODUCT = 0.6;

/** f = h(x), [1, m], to be disposed by the caller. Throws NonFiniteError. */
export async function featuresOf(map: FeatureMap, image: Float32Array, costs: Costs): Promise<Tensor2D> {
  const [height, width, channels] = map.inputShape;
  const f = tf.tidy(() =>
    tf.reshape<tf.Rank.R2>(map.forward(tf.tensor4d(image, [1, height, width, channels])), [1, map.features]),
  );
  costs.forwards += 1;
  try {
    expectFinite(await f.data(), 'features');
  } catch (error) {
    f.dispose();
    throw error;
  }
  return f;
}

export interface ProductOptions {
  /** Products at a time. */
  readonly batch: number;
  readonly costs: Costs;
}

interface RandomOptions extends ProductOptions {
  readonly count: number;
  readonly random: Random;
}

/** J(x)^T w, [rows, height, width, channels], for `count` w ~ N(0, I_m), some rows at a time, each to be disposed by the caller. */
export function gaussianProducts(map: FeatureMap, image: Float32Array, options: RandomOptions): Iterable<Tensor4D> {
  return pullBack(map, image, options.count, options, (w) => options.random.fillNormal(w));
}

/** The same with random signs in w: ||J^T w||^2 has the same mean as with normal numbers, and scatters no more. */
export function signProducts(map: FeatureMap, image: Float32Array, options: RandomOptions): Iterable<Tensor4D> {
  return pullBack(map, image, options.count, options, (w) => options.random.fillSigns(w));
}

/** The rows of J(x) one after the other, exactly: m products, [rows, height, width, channels], each to be disposed by the caller. */
export function jacobianRows(map: FeatureMap, image: Float32Array, options: ProductOptions): Iterable<Tensor4D> {
  let feature = 0;
  return pullBack(map, image, map.features, options, (w) => {
    for (let row = 0; row < w.length; row += map.features) w[row + feature++] = 1;
  });
}

/** One forward of a batch of copies of x serves all products of that size. `fill` makes w, [rows, m], from zeros. */
function* pullBack(
  map: FeatureMap,
  image: Float32Array,
  count: number,
  { batch, costs }: ProductOptions,
  fill: (w: Float32Array) => void,
): Generator<Tensor4D> {
  for (let done = 0; done < count;) {
    const rows = Math.min(batch, count - done);
    const x = repeatImage(map, image, rows);
    const linear = map.linearize(x);
    costs.evaluations += (1 - FURTHER_PRODUCT) * rows;
    try {
      for (; count - done >= rows; done += rows) {
        const w = new Float32Array(rows * map.features);
        fill(w);
        costs.evaluations += FURTHER_PRODUCT * rows;
        yield tf.tidy(() => linear.pullback(tf.tensor2d(w, [rows, map.features])));
      }
    } finally {
      linear.dispose();
      x.dispose();
    }
  }
}

/** x repeated as a batch [rows, height, width, channels]. */
function repeatImage(map: FeatureMap, image: Float32Array, rows: number): Tensor4D {
  return tf.tidy(() => tf.tile(tf.tensor4d(image, [1, ...map.inputShape]), [rows, 1, 1, 1]));
}
