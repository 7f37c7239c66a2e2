// How the energy E(sigma) = E||h(x + sigma o delta) - f||^2 grows with each group's sigma: A_g = dE/d(sigma_g^2), at the present
// sigma. Two estimators from one forward pass: an exact but noisy one, and the Gauss-Newton part of it, which is quiet.
import type { NoisedBatch } from './noised-batch.ts';
import type { Random } from './random.ts';
import type { SigmaGrid } from './sigma-grid.ts';

/** What the samples so far say about A_g. */
export interface CurvatureEstimate {
  /** E sum_(i in g) ||J_i(x')||^2: quiet, but without the part of the curvature of h. */
  readonly quiet: Float64Array;
  /** (exact estimate) / quiet: noisy, 1 where h is linear. Unspecified where quiet is 0. */
  readonly ratio: Float64Array;
  /** Variance of ratio through the exact estimate, per group. */
  readonly variance: Float64Array;
  /** Covariance of the relative errors of the exact and the quiet estimate, which share their samples, per group. */
  readonly covariance: Float64Array;
  /** Fields that the ratio may follow, free of its noise. */
  readonly predictors: readonly Float64Array[];
}

/** Collects noised batches. The two implementations differ in what they pull back beside u. */
export interface Curvature {
  /** The probes to pull back with the next batch, [samples, m]. */
  nextProbe(samples: number): Float32Array;
  /** Takes a batch in that was drawn at `logSigma` with `exact` and the last `nextProbe`. */
  add(batch: NoisedBatch, logSigma: Float64Array): void;
  estimate(): CurvatureEstimate;
  /** Drops all that was collected: it was drawn at a sigma too far from the solution. */
  forget(): void;
  /** Whether `add` needs u read back. */
  readonly readU: boolean;
}

/** Many features: w ~ N(0, I), so that (J^T w)_i^2 has mean ||J_i||^2 and relative variance 2 whatever m is. */
export class GaussianCurvature implements Curvature {
  readonly readU = false;
  readonly #grid: SigmaGrid;
  readonly #features: number;
  readonly #random: Random;
  /** Sum over samples of (J'^T w)^2, and their weight. */
  readonly #squares: Float64Array;
  #weight: number;
  /** Sums over samples of the exact estimate and its square. */
  readonly #sum: Float64Array;
  readonly #sumOfSquares: Float64Array;
  readonly #products: Float64Array;
  readonly #startSquares: Float64Array;
  readonly #quiet: Float64Array;
  readonly #sample: Float64Array;
  #samples = 0;

  /** `start`: A_g of the linearisation at x, which counts as `weight` samples. */
  constructor(grid: SigmaGrid, features: number, random: Random, start: Float64Array, weight: number) {
    this.#grid = grid;
    this.#features = features;
    this.#random = random;
    this.#squares = start.map((a) => a * weight);
    this.#weight = weight;
    this.#sum = new Float64Array(grid.groups);
    this.#sumOfSquares = new Float64Array(grid.groups);
    this.#products = new Float64Array(grid.groups);
    this.#startSquares = this.#squares.slice();
    this.#sample = new Float64Array(grid.groups);
    this.#quiet = new Float64Array(grid.groups);
  }

  nextProbe(samples: number): Float32Array {
    const w = new Float32Array(samples * this.#features);
    this.#random.fillNormal(w);
    return w;
  }

  add(batch: NoisedBatch, logSigma: Float64Array): void {
    const { groupOf, units, groups } = this.#grid;
    const inverse = logSigma.map((z) => Math.exp(-z));
    for (let b = 0; b < batch.samples; b++) {
      const offset = b * units;
      this.#sample.fill(0);
      this.#quiet.fill(0);
      for (let i = 0; i < units; i++) {
        const g = groupOf[i]!;
        this.#sample[g]! += batch.exact[offset + i]! * batch.delta[offset + i]!;
        this.#quiet[g]! += batch.probed[offset + i]! ** 2;
      }
      for (let g = 0; g < groups; g++) {
        const value = this.#sample[g]! * inverse[g]!;
        this.#squares[g]! += this.#quiet[g]!;
        this.#products[g]! += value * this.#quiet[g]!;
        this.#sum[g]! += value;
        this.#sumOfSquares[g]! += value * value;
      }
    }
    this.#samples += batch.samples;
    this.#weight += batch.samples;
  }

  forget(): void {
    for (const sums of [this.#squares, this.#startSquares, this.#sum, this.#sumOfSquares, this.#products]) sums.fill(0);
    this.#samples = 0;
    this.#weight = 0;
  }

  estimate(): CurvatureEstimate {
    const N = this.#samples;
    const quiet = this.#squares.map((sum) => sum / this.#weight);
    const ratio = quiet.map((a, g) => this.#sum[g]! / N / a);
    const variance = quiet.map((a, g) => (this.#sumOfSquares[g]! / N - (this.#sum[g]! / N) ** 2) / (N * a * a));
    const covariance = quiet.map((a, g) => {
      const common = this.#products[g]! / N - (this.#sum[g]! / N) * ((this.#squares[g]! - this.#startSquares[g]!) / N);
      return common / (this.#weight * a * a);
    });
    return { quiet, ratio, variance, covariance, predictors: [] };
  }
}
