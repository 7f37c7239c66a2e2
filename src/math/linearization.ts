// Vector-Jacobian products at one image x: J(x)^T u for many u from one forward pass. noised-batch.ts computes products
// at noised images.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';
import type { Random } from './random.ts';
import { expectFinite } from './read-back.ts';

/** Cost counters of the work on an image. */
export interface Costs {
  /** Forward passes without a product, counted in images. */
  forwards: number;
  /**
   * Forward passes with one vector-Jacobian product each. A further product on the same forward pass counts as
   * FURTHER_PRODUCT.
   */
  evaluations: number;
}

/** Cost of a further product on the same forward pass, relative to a forward pass with one product (measured). */
export const FURTHER_PRODUCT = 0.6;

/** Returns the features f = h(x), [1, m]. The caller disposes them. Throws NonFiniteError. */
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
  /** Number of products computed together. */
  readonly batch: number;
  readonly costs: Costs;
}

interface RandomOptions extends ProductOptions {
  readonly count: number;
  readonly random: Random;
}

/**
 * Returns J(x)^T w for `count` vectors w ~ N(0, I_m), in parts of [rows, height, width, channels] with at most `batch`
 * rows. The caller disposes each part.
 */
export function gaussianProducts(map: FeatureMap, image: Float32Array, options: RandomOptions): Iterable<Tensor4D> {
  return pullBack(map, image, options.count, options, (w) => options.random.fillNormal(w));
}

/**
 * Returns J(x)^T w for `count` vectors w of random signs, in the same parts as `gaussianProducts`. ||J^T w||^2 has the
 * same mean as for normally distributed w, and no larger variance.
 */
export function signProducts(map: FeatureMap, image: Float32Array, options: RandomOptions): Iterable<Tensor4D> {
  return pullBack(map, image, options.count, options, (w) => options.random.fillSigns(w));
}

/**
 * Returns the exact rows of J(x) in order, computed by m products, in parts of [rows, height, width, channels]. The
 * caller disposes each part.
 */
export function jacobianRows(map: FeatureMap, image: Float32Array, options: ProductOptions): Iterable<Tensor4D> {
  let feature = 0;
  return pullBack(map, image, map.features, options, (w) => {
    for (let row = 0; row < w.length; row += map.features) w[row + feature++] = 1;
  });
}

/**
 * Returns J(x)^T w for `count` vectors w, in parts. One forward pass of a batch of copies of x serves all parts of the
 * same size. `fill` writes the vectors w, [rows, m], into an array of zeros.
 */
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

/** Returns J(x) as one tensor, [m, height, width, channels]. Meant for few features. The caller disposes the tensor. */
export function wholeJacobian(map: FeatureMap, image: Float32Array, options: ProductOptions): Tensor4D {
  const parts = [...jacobianRows(map, image, options)];
  const jacobian = tf.concat<Tensor4D>(parts);
  tf.dispose(parts);
  return jacobian;
}

/** Batch of copies of x, [rows, height, width, channels]. */
function repeatImage(map: FeatureMap, image: Float32Array, rows: number): Tensor4D {
  return tf.tidy(() => tf.tile(tf.tensor4d(image, [1, ...map.inputShape]), [rows, 1, 1, 1]));
}
