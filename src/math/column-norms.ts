// How sensitive the features are to each unit of the input: a_i = ||J_i||^2, the squared norm of column i of J = dh/dx at x,
// summed over the units of each group of a sigma grid.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';
import { groupSums } from './group-sums.ts';
import { gaussianProducts, jacobianRows } from './linearization.ts';
import type { ProductOptions } from './linearization.ts';
import { logMeanSquareBias, logMeanSquareVariance } from './digamma.ts';
import type { Random } from './random.ts';
import { expectFinite, readBack } from './read-back.ts';
import type { SigmaGrid } from './sigma-grid.ts';

export interface ColumnNorms {
  /** A_g = sum of a_i over the units of g. */
  readonly energies: Float64Array;
  /** K, the number of Gaussian probes; Infinity where the norms are exact. */
  readonly probes: number;
}

export interface ColumnNormOptions extends ProductOptions {
  readonly probes: number;
  readonly random: Random;
}

/**
 * Estimates A_g by K Gaussian probes: (J^T w)_i ~ N(0, a_i) for w ~ N(0, I), so each a_i is a mean of K squares, a_i chi2_K / K:
 * unbiased, relative variance 2/K. Throws NonFiniteError.
 */
export async function estimateColumnNorms(
  map: FeatureMap,
  image: Float32Array,
  grid: SigmaGrid,
  options: ColumnNormOptions,
): Promise<ColumnNorms> {
  const { probes } = options;
  const energies = await sumSquares(grid, gaussianProducts(map, image, { ...options, count: probes }));
  return { energies: energies.map((energy) => energy / probes), probes };
}

/** A_g exactly, by one product per feature. Throws NonFiniteError. */
export async function exactColumnNorms(
  map: FeatureMap,
  image: Float32Array,
  grid: SigmaGrid,
  options: ProductOptions,
): Promise<ColumnNorms> {
  return { energies: await sumSquares(grid, jacobianRows(map, image, options)), probes: Infinity };
}

/** The squares of all products, some rows at a time, added up by group. Takes the products over. Throws NonFiniteError. */
async function sumSquares(grid: SigmaGrid, products: Iterable<Tensor4D>): Promise<Float64Array> {
  const energies = new Float64Array(grid.groups);
  for (const product of products) {
    const sums = await groupEnergies(grid, product);
    product.dispose();
    for (let g = 0; g < grid.groups; g++) energies[g]! += sums[g]!;
  }
  return energies;
}

/** The squares of products [rows, height, width, channels], added up over rows and by group. Throws NonFiniteError. */
export async function groupEnergies(grid: SigmaGrid, products: Tensor4D): Promise<Float64Array> {
  const [sums] = await readBack([tf.tidy(() => tf.sum(groupSums(grid, tf.square(products)), 0))]);
  expectFinite(sums!, 'gradients');
  return Float64Array.from(sums!);
}

/**
 * Unbiased log a_i from a mean of K squares, with its standard error. Exact for a single unit; for a group the true bias and
 * scatter are smaller. K = Infinity: the logarithm itself.
 */
export function logColumnNorm(norm: number, probes: number): { readonly value: number; readonly error: number } {
  if (probes === Infinity) return { value: Math.log(norm), error: 0 };
  return { value: Math.log(norm) - logMeanSquareBias(probes), error: Math.sqrt(logMeanSquareVariance(probes)) };
}
