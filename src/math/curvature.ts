// The curvature A_g = dE/d(sigma_g^2) of the energy E(sigma) = E||h(x + sigma o delta) - f||^2 at the present sigma. Two estimates
// from one forward pass: R, exact but noisy (solver step 5), and Q, quiet but a little wrong (step 6).
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { groupSums, perGroup, perUnit } from './group-sums.ts';
import type { NoisedBatch } from './noised-batch.ts';
import { NoiseCorrelation } from './noise-correlation.ts';
import { expectFinite, readBack } from './read-back.ts';
import type { SigmaGrid } from './sigma-grid.ts';

/** A_g as estimated from the samples so far. */
export interface CurvatureEstimate {
  /** Mean of Q, or the field that stands in for it. */
  readonly quiet: Float64Array;
  /** (mean of R) / quiet: noisy, about 1. Unspecified where quiet is 0. */
  readonly ratio: Float64Array;
  /** Variance of ratio that comes from R, per group. */
  readonly variance: Float64Array;
  /** Covariance of the relative errors of R and quiet, which share their samples, per group. */
  readonly covariance: Float64Array;
  /** Noise gain of each smoothing (step 9), see noise-correlation.ts. */
  readonly gains: Float64Array;
  /**
   * Contribution of each sample to the means over groups of `variance` and `covariance`; their means over samples still lack the
   * factor 1/N.
   */
  readonly moments: readonly SampleMoments[];
}

/** Means over groups of R^2 and R Q of one sample, relative to the squared mean of Q. */
export interface SampleMoments {
  readonly square: number;
  readonly product: number;
}

/**
 * R of a batch, [samples, groups]: (J'^T u) o delta / sigma summed by group, whose mean is A_g. J'^T u is the first product of the
 * batch.
 */
export function exactCurvature(grid: SigmaGrid, batch: NoisedBatch, logSigma: Float64Array): Tensor2D {
  return tf.tidy(() => {
    const inverse = perUnit(grid, logSigma.map((z) => Math.exp(-z))); // prettier-ignore
    return groupSums(grid, tf.mul<Tensor4D>(tf.mul(batch.products[0]!, batch.delta), inverse));
  });
}

/** Q of a batch, [samples, groups]: the squares of J'^T w, the second product of the batch, summed by group. */
export function quietCurvature(grid: SigmaGrid, batch: NoisedBatch): Tensor2D {
  return tf.tidy(() => groupSums(grid, tf.square(batch.products[1]!)));
}

/** Sums of R and Q over samples. */
export class CurvatureSums {
  readonly #groups: number;
  readonly #exact: Float64Array;
  readonly #exactSquares: Float64Array;
  readonly #quiet: Float64Array;
  readonly #products: Float64Array;
  /** The curvature at x, which counts as some samples of Q. */
  readonly #start: Float64Array;
  #startWeight: number;
  #samples = 0;
  #moments: SampleMoments[] = [];
  readonly #correlation: NoiseCorrelation;

  /** `start` is A_g of the linearisation at x; it counts as `weight` samples of Q. */
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
   * Adds R and Q of the same samples, [samples, groups]. Returns the energies, [samples], which come in the same transfer from the
   * backend. Disposes all three tensors. Throws NonFiniteError.
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

  /** Discards everything, including the start: for samples drawn at a sigma too far from the solution. */
  forget(): void {
    for (const sums of [this.#exact, this.#exactSquares, this.#quiet, this.#products]) sums.fill(0);
    this.#samples = 0;
    this.#startWeight = 0;
    this.#moments = [];
    this.#correlation.forget();
  }

  /** The estimate with the mean of Q as `quiet`. */
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
   * The estimate with another field as `quiet`, of any scale, independent of these samples (hence no covariance). Groups where the
   * field is not finite keep the mean of Q.
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

  /** The mean of R, and its ratio to a field with the variance of that ratio. */
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

/** Scale per group, from the mean of Q, at which float32 holds squares of R and Q whatever the network's scale. */
function scaleOf(mean: Float64Array): Float64Array {
  const usual = mean.reduce((a, b) => a + b, 0) / mean.length || 1;
  return mean.map((a) => (a > 0 ? a : usual));
}

/** 1 for groups with a curvature, which enter the moments; 0 for the others. */
function countsOf(mean: Float64Array): Float64Array {
  return mean.map((a) => Number(a > 0));
}

/** Sums of e, e^2, q and e q over samples, [groups] each; then sums of e^2 and e q over the groups that count, [samples] each. */
function sumUp(e: Tensor2D, q: Tensor2D, counts: Tensor2D): tf.Tensor[] {
  const [ee, eq] = [tf.square(e), tf.mul<Tensor2D>(e, q)];
  const overSamples = [e, ee, q, eq].map((values) => tf.sum(values, 0));
  return [...overSamples, ...[ee, eq].map((values) => tf.sum(tf.mul(values, counts), 1))];
}
