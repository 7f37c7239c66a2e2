// delta_f^2 = lim E||h(x + tau delta) - h(x)||^2 / tau^2 as tau -> 0+: the inherent variance of the features under
// small input noise (below Eq. 5; docs/solver.md, step 1). The limit is the squared Frobenius norm of the Jacobian,
// ||J||_F^2.
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';
import { sumsOfSquares } from './group-sums.ts';
import { jacobianRows, signProducts } from './linearization.ts';
import type { ProductOptions } from './linearization.ts';
import { meanAndError } from './mean-and-error.ts';
import type { Random } from './random.ts';
import { expectFinite, readBack } from './read-back.ts';

export interface DeltaF2 {
  readonly value: number;
  /** Standard error; 0 if the value is exact. */
  readonly error: number;
  /** Number of vector-Jacobian products used. */
  readonly probes: number;
  readonly method: 'exact' | 'probes';
}

/**
 * Exact ||J||_F^2: the sum of squares of all rows of J, at the cost of one product per feature. Throws NonFiniteError.
 */
export async function exactDeltaF2(map: FeatureMap, image: Float32Array, options: ProductOptions): Promise<DeltaF2> {
  const squares = await squaredNorms(jacobianRows(map, image, options));
  return { value: squares.reduce((a, b) => a + b, 0), error: 0, probes: map.features, method: 'exact' };
}

export interface ProbeOptions extends ProductOptions {
  /** Least number of probes. */
  readonly least: number;
  /** Greatest number of probes. */
  readonly most: number;
  /** Standard error, as a fraction of the value, below which no more probes are added. */
  readonly relativeError: number;
  readonly random: Random;
}

/**
 * Estimate of ||J||_F^2: the mean of ||J^T w||^2 over random signs w (Hutchinson 1990). Probes are added until the
 * relative standard error is small enough. Throws NonFiniteError.
 */
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

/**
 * Returns the total number of probes needed, estimated from the scatter so far and rounded up to whole batches. The
 * number at most doubles per round, since the scatter itself is uncertain.
 */
function probesWanted(squares: readonly number[], options: ProbeOptions): number {
  const { mean, error, count } = meanAndError(squares);
  if (error <= options.relativeError * mean) return count;
  const wanted = Math.min(count * (error / (options.relativeError * mean)) ** 2, 2 * count, options.most);
  return Math.min(options.most, Math.ceil(wanted / options.batch) * options.batch);
}

/**
 * Returns the squared norm of every product. Each tensor of `products` holds several products and is disposed. Throws
 * NonFiniteError.
 */
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
