// Sensitivity of the features to each unit of the input: a_i = ||J_i||^2, the squared norm of column i of J = dh/dx at
// x. The a_i are summed over the units of each group of a sigma grid (docs/solver.md, step 3).
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
 * Estimates A_g, the sum of a_i = ||J_i||^2 over the units of group g, from K Gaussian probes w ~ N(0, I). Since
 * (J^T w)_i has the distribution N(0, a_i), the mean of its K squares is an unbiased estimate of a_i with the relative
 * variance 2/K. Throws NonFiniteError.
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
 * Returns, for each group, the sum of the squares of `products` [rows, height, width, channels] over all rows. If the
 * products are the rows of J, the sum is A_g. Throws NonFiniteError.
 */
export async function groupEnergies(grid: SigmaGrid, products: Tensor4D): Promise<Float64Array> {
  const [sums] = await readBack([tf.tidy(() => tf.sum(groupSums(grid, tf.square(products)), 0))]);
  expectFinite(sums!, 'gradients');
  return Float64Array.from(sums!);
}
