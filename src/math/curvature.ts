// How the energy E(sigma) = E||h(x + sigma o delta) - f||^2 grows with each group's sigma: A_g = dE/d(sigma_g^2), at the present
// sigma. Two estimators from one forward pass: an exact but noisy one, and a quiet one that is a little wrong.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { groupSums, perGroup, perUnit } from './group-sums.ts';
import type { NoisedBatch } from './noised-batch.ts';
import { NoiseCorrelation } from './noise-correlation.ts';
import { expectFinite, readBack } from './read-back.ts';
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
  /** What every smoothing passes on of the noise of ratio, see noise-correlation.ts. */
  readonly gains: Float64Array;
  /** What each sample adds to the mean over groups of `variance` and `covariance` (means over samples, not yet divided by N). */
  readonly moments: readonly SampleMoments[];
}

/** Of one sample, mean over groups, relative to the quiet estimate: of exact^2, and of exact * quiet. */
export interface SampleMoments {
  readonly square: number;
  readonly product: number;
}

/** The exact estimate of a batch, [samples, groups]: (J'^T u) o delta / sigma summed by group, whose mean is A_g by Stein's lemma. */
export function exactCurvature(grid: SigmaGrid, batch: NoisedBatch, logSigma: Float64Array): Tensor2D {
  return tf.tidy(() => {
    const inverse = perUnit(grid, logSigma.map((z) => Math.exp(-z))); // prettier-ignore
    return groupSums(grid, tf.mul<Tensor4D>(tf.mul(batch.products[0]!, batch.delta), inverse));
  });
}

/** The quiet estimate of a batch, [samples, groups]: the squares of J'^T w, the second product of the batch, summed by group. */
export function quietCurvature(grid: SigmaGrid, batch: NoisedBatch): Tensor2D {
  return tf.tidy(() => groupSums(grid, tf.square(batch.products[1]!)));
}

/** Sums of both estimates over samples. */
export class CurvatureSums {
  readonly #groups: number;
  readonly #exact: Float64Array;
  readonly #exactSquares: Float64Array;
  readonly #quiet: Float64Array;
  readonly #products: Float64Array;
  /** The curvature at x, which counts as some samples of the quiet estimate. */
  readonly #start: Float64Array;
  #startWeight: number;
  #samples = 0;
  #moments: SampleMoments[] = [];
  readonly #correlation: NoiseCorrelation;

  /** `start`: A_g of the linearisation at x, which counts as `weight` samples. */
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
   * Takes in the estimates of the same samples, [samples, groups]; gives the energies, [samples], which come in the same transfer.
   * Disposes of all three. Throws NonFiniteError.
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

  /** Drops all: it was drawn at a sigma too far from the solution. */
  forget(): void {
    for (const sums of [this.#exact, this.#exactSquares, this.#quiet, this.#products]) sums.fill(0);
    this.#samples = 0;
    this.#startWeight = 0;
    this.#moments = [];
    this.#correlation.forget();
  }

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
   * The same with another field in the place of the quiet estimate, of any scale: one that owes nothing to these samples. Where it is
   * not finite the quiet estimate stays.
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

  /** The mean of the exact estimate, and it with its variance relative to another field. */
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

/** Units in which float32 holds the squares whatever the network's scale, from the mean of the quiet estimate. */
function scaleOf(mean: Float64Array): Float64Array {
  const usual = mean.reduce((a, b) => a + b, 0) / mean.length || 1;
  return mean.map((a) => (a > 0 ? a : usual));
}

/** 1 where a group counts in the moments. */
function countsOf(mean: Float64Array): Float64Array {
  return mean.map((a) => Number(a > 0));
}

/** Over samples the sums of e, e^2, q and e q, [groups] each; over groups that count those of e^2 and e q, [samples]. */
function sumUp(e: Tensor2D, q: Tensor2D, counts: Tensor2D): tf.Tensor[] {
  const [ee, eq] = [tf.square(e), tf.mul<Tensor2D>(e, q)];
  const overSamples = [e, ee, q, eq].map((values) => tf.sum(values, 0));
  return [...overSamples, ...[ee, eq].map((values) => tf.sum(tf.mul(values, counts), 1))];
}
