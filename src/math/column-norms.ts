// How sensitive the features are to each unit of the input: a_i = ||J_i||^2, the squared norm of column i of J = dh/dx at x,
// summed over the units of each group of a sigma grid.
import type { FeatureMap } from './feature-map.ts';
import type { Costs } from './linearization.ts';
import { probeGaussian, visitJacobian } from './linearization.ts';
import { logMeanSquareBias, logMeanSquareVariance } from './digamma.ts';
import type { Random } from './random.ts';
import type { SigmaGrid } from './sigma-grid.ts';

export interface ColumnNorms {
  /** A_g = sum of a_i over the units of g. */
  readonly energies: Float64Array;
  /** K, the number of Gaussian probes; Infinity where the norms are exact. */
  readonly probes: number;
  /** ||J^T w||^2 of every probe: their mean is delta_f^2. Empty where exact. */
  readonly squares: Float64Array;
}

export interface ColumnNormOptions {
  readonly probes: number;
  readonly batch: number;
  readonly random: Random;
  readonly costs: Costs;
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
  const energies = new Float64Array(grid.groups);
  const squares = new Float64Array(options.probes);
  let probe = 0;
  await probeGaussian(map, image, { ...options, count: options.probes }, (values, offset) => {
    squares[probe++] = addSquares(grid, values, offset, energies);
  });
  for (let g = 0; g < grid.groups; g++) energies[g]! /= options.probes;
  return { energies, probes: options.probes, squares };
}

/** A_g exactly, by one product per feature. Throws NonFiniteError. */
export async function exactColumnNorms(
  map: FeatureMap,
  image: Float32Array,
  grid: SigmaGrid,
  options: { readonly batch: number; readonly costs: Costs },
): Promise<ColumnNorms> {
  const energies = new Float64Array(grid.groups);
  await visitJacobian(map, image, options, (values, offset) => {
    addSquares(grid, values, offset, energies);
  });
  return { energies, probes: Infinity, squares: new Float64Array(0) };
}

/** Adds values_i^2 to the group of i, and returns the sum of all. */
export function addSquares(grid: SigmaGrid, values: Float32Array, offset: number, energies: Float64Array): number {
  const { groupOf, units } = grid;
  let total = 0;
  for (let i = 0; i < units; i++) {
    const square = values[offset + i]! ** 2;
    energies[groupOf[i]!]! += square;
    total += square;
  }
  return total;
}

/**
 * Unbiased log a_i from a mean of K squares, with its standard error. Exact for a single unit; for a group the true bias and
 * scatter are smaller. K = Infinity: the logarithm itself.
 */
export function logColumnNorm(norm: number, probes: number): { readonly value: number; readonly error: number } {
  if (probes === Infinity) return { value: Math.log(norm), error: 0 };
  return { value: Math.log(norm) - logMeanSquareBias(probes), error: Math.sqrt(logMeanSquareVariance(probes)) };
}
