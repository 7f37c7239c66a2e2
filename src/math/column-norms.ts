// Sensitivity of the features to each unit of the input: a_i = ||J_i||^2, the squared norm of column i of J = dh/dx at x, summed over
// the units of each group of a sigma grid (solver step 3).
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';
import { groupSums } from './group-sums.ts';
import { gaussianProducts } from './linearization.ts';
import type { ProductOptions } from './linearization.ts';
import type { Random } from './random.ts';
import { expectFinite, readBack } from './read-back.ts';
import type { SigmaGrid } from './sigma-grid.ts';

export interface ColumnNormOptions extends ProductOptions {
  readonly probes: number;
  readonly random: Random;
}

/**
 * Estimates A_g, the sum of a_i over the units of each group, from K Gaussian probes: (J^T w)_i ~ N(0, a_i) for w ~ N(0, I), so the
 * mean of K squares is unbiased and has the relative variance 2/K for each unit. Throws NonFiniteError.
 */
export async function estimateColumnNorms(
  map: FeatureMap,
  image: Float32Array,
  grid: SigmaGrid,
  options: ColumnNormOptions,
): Promise<Float64Array> {
  const { probes } = options;
  const energies = new Float64Array(grid.groups);
  for (const product of gaussianProducts(map, image, { ...options, count: probes })) {
    const sums = await groupEnergies(grid, product);
    product.dispose();
    for (let g = 0; g < grid.groups; g++) energies[g]! += sums[g]!;
  }
  return energies.map((energy) => energy / probes);
}

/**
 * Sums by group of the squares of products [rows, height, width, channels], over all rows. If the rows are those of J,
 * the result is A_g. Throws NonFiniteError.
 */
export async function groupEnergies(grid: SigmaGrid, products: Tensor4D): Promise<Float64Array> {
  const [sums] = await readBack([tf.tidy(() => tf.sum(groupSums(grid, tf.square(products)), 0))]);
  expectFinite(sums!, 'gradients');
  return Float64Array.from(sums!);
}
