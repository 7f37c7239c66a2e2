// Curvature A_g = dE/d(sigma_g^2) of the energy E(sigma) = E||h(x + sigma o delta) - f||^2 at the current sigma. It has
// two estimates from the same forward pass: R is unbiased but noisy (docs/solver.md, step 5); Q has little noise but a
// small bias (step 6).
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { groupSums, perGroup, perUnit } from './group-sums.ts';
import type { NoisedBatch } from './noised-batch.ts';
import { NoiseCorrelation } from './noise-correlation.ts';
import { expectFinite, readBack } from './read-back.ts';
import type { SigmaGrid } from './sigma-grid.ts';

/** Estimate of A_g from the samples so far. */
export interface CurvatureEstimate {
  /** Mean of Q per group, or the field that replaces this mean. */
  readonly quiet: Float64Array;
  /** (mean of R) / `quiet`, per group: about 1, but noisy. Unspecified where `quiet` is 0. */
  readonly ratio: Float64Array;
  /** Variance of `ratio` due to the noise of R, per group. */
  readonly variance: Float64Array;
  /**
   * Covariance of the relative errors of R and Q, per group. R and Q come from the same samples, so their errors are
   * correlated. The covariance is 0 if another field replaces Q.
   */
  readonly covariance: Float64Array;
  /** Noise gain of each smoothing (docs/solver.md, step 9), from noise-correlation.ts. */
  readonly gains: Float64Array;
  /**
   * Contributions of the N samples to the means of `variance` and `covariance` over the groups. Each of the two means
   * is the average contribution, divided by N.
   */
  readonly moments: readonly SampleMoments[];
}

/** Means over groups of R^2 and R Q for one sample, relative to the squared mean of Q. */
export interface SampleMoments {
  readonly square: number;
  readonly product: number;
}

/**
 * Returns R of a batch, [samples, groups]: (J'^T u) o delta / sigma, summed over each group. The mean of R is A_g. The
 * first product of the batch must be J'^T u, where u are the residuals.
 */
export function exactCurvature(grid: SigmaGrid, batch: NoisedBatch, logSigma: Float64Array): Tensor2D {
  return tf.tidy(() => {
    const inverse = perUnit(grid, logSigma.map((z) => Math.exp(-z))); // prettier-ignore
    return groupSums(grid, tf.mul<Tensor4D>(tf.mul(batch.products[0]!, batch.delta), inverse));
  });
}

/**
 * Returns Q of a batch, [samples, groups]: the squares of J'^T w, summed over each group. The second product of the
 * batch must be J'^T w.
 */
export function quietCurvature(grid: SigmaGrid, batch: NoisedBatch): Tensor2D {
  return tf.tidy(() => groupSums(grid, tf.square(batch.products[1]!)));
}

/** Running sums of R and Q over samples. */
export class CurvatureSums {
  readonly #groups: number;
  readonly #exact: Float64Array;
  readonly #exactSquares: Float64Array;
  readonly #quiet: Float64Array;
  readonly #products: Float64Array;
  /** Curvature of the linearisation at x, per group. It counts as `#startWeight` samples in the mean of Q. */
  readonly #start: Float64Array;
  #startWeight: number;
  #samples = 0;
  #moments: SampleMoments[] = [];
  readonly #correlation: NoiseCorrelation;

  /** `start` is the curvature A_g of the linearisation at x. It counts as `weight` samples of Q. */
  constructor(grid: SigmaGrid, start: Float64Array, weight: number) {
    this.#correlation = new NoiseCorrelation(grid);
    this.#groups = start.length;
    this.#start = start;
    this.#startWeight = weight;
    [this.#exact, this.#exactSquares, this.#quiet, this.#products] = [0, 1, 2, 3].map(
      () => new Float64Array(start.length),
    ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  }

  get samples(): number {
    return this.#samples;
  }

  /**
   * Adds R (`exact`) and Q (`quiet`) of the same samples, each [samples, groups]. Returns the values of `energy`,
   * [samples], because they are read from the backend in the same transfer. Disposes all three tensors. Throws
   * NonFiniteError.
   */
  async add(exact: Tensor2D, quiet: Tensor2D, energy: Tensor1D): Promise<Float32Array> {
    const groups = this.#groups;
    const mean = this.#mean();
    const [scale, counts] = [scaleOf(mean), countsOf(mean)];
    const summed = tf.tidy(() => {
      const inverse = perGroup(scale.map((value) => 1 / value));
      const counted = perGroup(counts);
      const [e, q] = [tf.mul<Tensor2D>(exact, inverse), tf.mul<Tensor2D>(quiet, inverse)];
      return [...sumUp(e, q, counted), this.#correlation.measure(e, q, counted)];
    });
    tf.dispose([exact, quiet]);
    const [energies, ...sums] = await readBack([energy, ...summed]);
    expectFinite(energies!, 'features');
    for (const values of sums) expectFinite(values, 'gradients');
    const [sum, squares, quietSum, products, square, product, smoothed] = sums;
    this.#correlation.add(smoothed!);
    for (let g = 0; g < groups; g++) {
      const unit = scale[g]!;
      this.#exact[g]! += sum![g]! * unit;
      this.#exactSquares[g]! += squares![g]! * unit * unit;
      this.#quiet[g]! += quietSum![g]! * unit;
      this.#products[g]! += products![g]! * unit * unit;
    }
    square!.forEach((value, b) => {
      this.#moments.push({ square: value / groups, product: product![b]! / groups });
    });
    this.#samples += energies!.length;
    return energies!;
  }

  /** Discards all sums, including the start. Used when samples were drawn at a sigma too far from the solution. */
  forget(): void {
    for (const sums of [this.#exact, this.#exactSquares, this.#quiet, this.#products]) sums.fill(0);
    this.#samples = 0;
    this.#startWeight = 0;
    this.#moments = [];
    this.#correlation.forget();
  }

  /** Returns the estimate whose `quiet` is the mean of Q. */
  estimate(): CurvatureEstimate {
    const N = this.#samples;
    const weight = N + this.#startWeight;
    const quiet = this.#mean();
    const { mean, ratio, variance } = this.#relativeTo(quiet);
    const covariance = quiet.map((a, g) => (this.#products[g]! - mean[g]! * this.#quiet[g]!) / (N * weight * a * a));
    const gains = this.#correlation.gains('e - q', countsOf(quiet));
    return { quiet, ratio, variance, covariance, gains, moments: this.#moments };
  }

  /**
   * Returns the estimate whose `quiet` is another field, scaled to the mean of Q. The field must not depend on the
   * samples, so the covariance is 0. Groups where the field is not finite use the mean of Q.
   */
  estimateFrom(field: Float64Array): CurvatureEstimate {
    const own = this.#mean();
    const both = own.map((a, g) => Number(Number.isFinite(field[g]!) && a > 0));
    const sumOf = (values: Float64Array): number =>
      values.reduce((sum, value, g) => (both[g] === 1 ? sum + value : sum), 0);
    const scale = sumOf(own) / sumOf(field);
    const quiet = own.map((a, g) => (both[g] === 1 ? field[g]! * scale : a));
    const { ratio, variance } = this.#relativeTo(quiet);
    const moments = this.#moments.map(({ square }) => ({ square, product: 0 }));
    const gains = this.#correlation.gains('e', countsOf(own));
    return { quiet, ratio, variance, covariance: new Float64Array(this.#groups), gains, moments };
  }

  /** Returns the mean of R, its ratio to a field, and the variance of this ratio, each per group. */
  #relativeTo(field: Float64Array) {
    const N = this.#samples;
    const mean = this.#exact.map((sum) => sum / N);
    const ratio = field.map((a, g) => mean[g]! / a);
    const variance = field.map((a, g) => (this.#exactSquares[g]! / N - mean[g]! ** 2) / (N * a * a));
    return { mean, ratio, variance };
  }

  #mean(): Float64Array {
    const weight = this.#samples + this.#startWeight;
    if (weight === 0) return this.#start;
    return this.#quiet.map((sum, g) => (sum + this.#startWeight * this.#start[g]!) / weight);
  }
}

/**
 * Returns a scale per group from the mean of Q. Dividing R and Q by this scale keeps their squares in the range of
 * float32, whatever the scale of the network.
 */
function scaleOf(mean: Float64Array): Float64Array {
  const usual = mean.reduce((a, b) => a + b, 0) / mean.length || 1;
  return mean.map((a) => (a > 0 ? a : usual));
}

/** Returns 1 for groups with a non-zero curvature and 0 for the others. Only groups with 1 enter the moments. */
function countsOf(mean: Float64Array): Float64Array {
  return mean.map((a) => Number(a > 0));
}

/**
 * Returns six tensors: the sums of e, e^2, q and e q over samples, each [groups], then the sums of e^2 and e q over the
 * groups with `counts` 1, each [samples]. e and q are R and Q after scaling.
 */
function sumUp(e: Tensor2D, q: Tensor2D, counts: Tensor2D): tf.Tensor[] {
  const [ee, eq] = [tf.square(e), tf.mul<Tensor2D>(e, q)];
  const overSamples = [e, ee, q, eq].map((values) => tf.sum(values, 0));
  return [...overSamples, ...[ee, eq].map((values) => tf.sum(tf.mul(values, counts), 1))];
}
