// delta_f^2 = lim E||h(x + tau delta) - h(x)||^2 / tau^2 as tau -> 0+: the inherent variance of the features under a small input
// noise (below Eq. 5). The limit is the squared Frobenius norm of the Jacobian, ||J||_F^2.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';
import { sumsOfSquares } from './group-sums.ts';
import type { Costs } from './linearization.ts';
import { featuresOf, jacobianRows, signProducts } from './linearization.ts';
import type { ProductOptions } from './linearization.ts';
import { meanAndError } from './mean-and-error.ts';
import type { Random } from './random.ts';
import { NonFiniteError, expectFinite, readBack } from './read-back.ts';

export interface DeltaF2 {
  readonly value: number;
  /** Standard error; 0 where exact. */
  readonly error: number;
  /** Vector-Jacobian products (or noised forwards) spent. */
  readonly probes: number;
  readonly method: 'exact' | 'probes' | 'forwards';
}

/** ||J||_F^2 exactly: the sum of the squared rows of J, one product per feature. Throws NonFiniteError. */
export async function exactDeltaF2(map: FeatureMap, image: Float32Array, options: ProductOptions): Promise<DeltaF2> {
  const squares = await squaredNorms(jacobianRows(map, image, options));
  return { value: squares.reduce((a, b) => a + b, 0), error: 0, probes: map.features, method: 'exact' };
}

export interface ProbeOptions extends ProductOptions {
  /** At least this many probes. */
  readonly least: number;
  /** At most this many. */
  readonly most: number;
  /** Stop once the standard error falls below this part of the value. */
  readonly relativeError: number;
  readonly random: Random;
}

/** ||J||_F^2 as the mean of ||J^T w||^2 over random signs w (Hutchinson 1990), until its relative standard error is small enough. Throws NonFiniteError. */
export async function estimateDeltaF2(map: FeatureMap, image: Float32Array, options: ProbeOptions): Promise<DeltaF2> {
  const squares: number[] = [];
  for (;;) {
    const count = squares.length === 0 ? options.least : probesWanted(squares, options) - squares.length;
    if (count <= 0) break;
    squares.push(...(await squaredNorms(signProducts(map, image, { ...options, count }))));
  }
  const { mean, error } = meanAndError(squares);
  return { value: mean, error, probes: squares.length, method: 'probes' };
}

/** As many probes as the scatter so far asks for, in whole batches, at most twice as many as there are. */
function probesWanted(squares: readonly number[], options: ProbeOptions): number {
  const { mean, error, count } = meanAndError(squares);
  if (error <= options.relativeError * mean) return count;
  const wanted = Math.min(count * (error / (options.relativeError * mean)) ** 2, 2 * count, options.most);
  return Math.min(options.most, Math.ceil(wanted / options.batch) * options.batch);
}

/** The definition itself at a finite tau, by forwards only: a cross-check (biased by curvature as tau grows, by rounding as it shrinks). */
export async function deltaF2ByForwards(
  map: FeatureMap,
  image: Float32Array,
  options: {
    readonly tau: number;
    readonly samples: number;
    readonly batch: number;
    readonly random: Random;
    readonly costs: Costs;
  },
): Promise<DeltaF2> {
  const [height, width, channels] = map.inputShape;
  const f = await featuresOf(map, image, options.costs);
  const squares: number[] = [];
  while (squares.length < options.samples) {
    const rows = Math.min(options.batch, options.samples - squares.length);
    const noised = new Float32Array(rows * image.length);
    options.random.fillNormal(noised);
    for (let i = 0; i < noised.length; i++) noised[i] = image[i % image.length]! + options.tau * noised[i]!;
    const energy = tf.tidy(() => {
      const features = map.forward(tf.tensor4d(noised, [rows, height, width, channels]));
      return tf.sum(tf.square(tf.sub(tf.reshape(features, [rows, map.features]), f)), 1);
    });
    options.costs.forwards += rows;
    for (const e of await energy.data()) squares.push(e / options.tau ** 2);
    energy.dispose();
  }
  f.dispose();
  const { mean, error } = meanAndError(squares);
  if (!Number.isFinite(mean)) throw new NonFiniteError('features');
  return { value: mean, error, probes: squares.length, method: 'forwards' };
}

/** Of each product, some rows at a time, which it takes over. Throws NonFiniteError. */
async function squaredNorms(products: Iterable<Tensor4D>): Promise<number[]> {
  const squares: number[] = [];
  for (const product of products) {
    const [norms] = await readBack([sumsOfSquares(product)]);
    product.dispose();
    expectFinite(norms!, 'gradients');
    squares.push(...norms!);
  }
  return squares;
}
