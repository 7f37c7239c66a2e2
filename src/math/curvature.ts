// How the energy E(sigma) = E||h(x + sigma o delta) - f||^2 grows with each group's sigma: A_g = dE/d(sigma_g^2), at the present
// sigma. Two estimators from one forward pass: an exact but noisy one, and a quiet one that is a little wrong.
import type { NoisedBatch } from './noised-batch.ts';
import { addSquares } from './column-norms.ts';
import type { SigmaGrid } from './sigma-grid.ts';

/** What the samples so far say about A_g. */
export interface CurvatureEstimate {
  /** The quiet estimate: E sum_(i in g) ||J_i(x')||^2, without the bends of h. */
  readonly quiet: Float64Array;
  /** (exact estimate) / quiet: noisy, about 1. Unspecified where quiet is 0. */
  readonly ratio: Float64Array;
  /** Variance of ratio through the exact estimate, per group. */
  readonly variance: Float64Array;
  /** Covariance of the relative errors of the exact and the quiet estimate, which share their samples, per group. */
  readonly covariance: Float64Array;
  /** What each sample adds to the mean over groups of `variance` and `covariance` (means over samples, not yet divided by N). */
  readonly moments: readonly SampleMoments[];
}

/** Of one sample, mean over groups, relative to the quiet estimate: of exact^2, and of exact * quiet. */
export interface SampleMoments {
  readonly square: number;
  readonly product: number;
}

/** The exact estimate of a batch, [samples, groups]: pooled (J'^T u) o delta / sigma, whose mean is A_g by Stein's lemma. */
export function exactCurvature(grid: SigmaGrid, batch: NoisedBatch, logSigma: Float64Array): Float64Array {
  const { groupOf, units, groups } = grid;
  const product = batch.products[0]!;
  const inverse = logSigma.map((z) => Math.exp(-z));
  const exact = new Float64Array(batch.samples * groups);
  for (let b = 0; b < batch.samples; b++) {
    for (let i = 0; i < units; i++) {
      const g = groupOf[i]!;
      exact[b * groups + g]! += product[b * units + i]! * batch.delta[b * units + i]! * inverse[g]!;
    }
  }
  return exact;
}

/** Sums of the exact estimate over samples. */
export class ExactSums {
  readonly sum: Float64Array;
  readonly squares: Float64Array;
  samples = 0;

  constructor(groups: number) {
    this.sum = new Float64Array(groups);
    this.squares = new Float64Array(groups);
  }

  add(exact: Float64Array): void {
    const groups = this.sum.length;
    for (let at = 0; at < exact.length; at++) {
      const value = exact[at]!;
      this.sum[at % groups]! += value;
      this.squares[at % groups]! += value * value;
    }
    this.samples += exact.length / groups;
  }

  /** Drops all: it was drawn at a sigma too far from the solution. */
  forget(): void {
    this.sum.fill(0);
    this.squares.fill(0);
    this.samples = 0;
  }
}

/** Sums of the quiet estimate over samples: of squares of J'^T w. */
export class QuietSums {
  readonly #grid: SigmaGrid;
  readonly #sum: Float64Array;
  /** Of its products with the exact estimate of the same sample. */
  readonly #products: Float64Array;
  /** The curvature at x, which counts as some samples. */
  readonly #start: Float64Array;
  #startWeight: number;
  #samples = 0;
  #moments: SampleMoments[] = [];

  /** `start`: A_g of the linearisation at x, which counts as `weight` samples. */
  constructor(grid: SigmaGrid, start: Float64Array, weight: number) {
    this.#grid = grid;
    this.#start = start;
    this.#startWeight = weight;
    this.#sum = new Float64Array(grid.groups);
    this.#products = new Float64Array(grid.groups);
  }

  /** Takes in the second product of a batch, and the exact estimate of the same batch. */
  add(batch: NoisedBatch, exact: Float64Array): void {
    const { units, groups } = this.#grid;
    const quiet = new Float64Array(groups);
    const scale = this.#mean();
    for (let b = 0; b < batch.samples; b++) {
      quiet.fill(0);
      addSquares(this.#grid, batch.products[1]!, b * units, quiet);
      let [square, product] = [0, 0];
      for (let g = 0; g < groups; g++) {
        const e = exact[b * groups + g]!;
        this.#sum[g]! += quiet[g]!;
        this.#products[g]! += e * quiet[g]!;
        if (!(scale[g]! > 0)) continue;
        square += (e / scale[g]!) ** 2;
        product += (e * quiet[g]!) / scale[g]! ** 2;
      }
      this.#moments.push({ square: square / groups, product: product / groups });
    }
    this.#samples += batch.samples;
  }

  forget(): void {
    this.#sum.fill(0);
    this.#products.fill(0);
    this.#samples = 0;
    this.#startWeight = 0;
    this.#moments = [];
  }

  estimate(exact: ExactSums): CurvatureEstimate {
    const N = this.#samples;
    const weight = N + this.#startWeight;
    const quiet = this.#mean();
    const mean = exact.sum.map((sum) => sum / N);
    const ratio = quiet.map((a, g) => mean[g]! / a);
    const variance = quiet.map((a, g) => (exact.squares[g]! / N - mean[g]! ** 2) / (N * a * a));
    const covariance = quiet.map((a, g) => (this.#products[g]! - mean[g]! * this.#sum[g]!) / (N * weight * a * a));
    return { quiet, ratio, variance, covariance, moments: this.#moments };
  }

  #mean(): Float64Array {
    const weight = this.#samples + this.#startWeight;
    if (weight === 0) return this.#start;
    return this.#sum.map((sum, g) => (sum + this.#startWeight * this.#start[g]!) / weight);
  }
}
