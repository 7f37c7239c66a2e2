// Fewer samples for layers of few features (logits): the exact estimator of the curvature there owes most of its noise to the linear
// part of h, whose share in its mean is known from rows of the Jacobian that the quiet estimator pulls back anyway.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { groupSums, perUnit } from './group-sums.ts';
import type { NoisedBatch } from './noised-batch.ts';
import type { SigmaGrid } from './sigma-grid.ts';

/** A sum of rows of J, [features, units], and how many there are of each row. */
interface RowSums {
  sums: Tensor2D;
  readonly counts: Float64Array;
}

/** A running mean of J over noised images in two halves: one serves the samples of the other. `dispose` frees its tensors. */
export class JacobianControl {
  readonly #grid: SigmaGrid;
  readonly #atImage: Tensor2D;
  readonly #features: number;
  /** J at x counts as one sample of each row. */
  #halves: readonly [RowSums, RowSums];
  #half: 0 | 1 = 0;
  #next = 0;

  /** `jacobian`: J at x, [features, units], which it takes over. */
  constructor(grid: SigmaGrid, jacobian: Tensor2D) {
    this.#grid = grid;
    this.#atImage = jacobian;
    this.#features = jacobian.shape[0];
    this.#halves = [this.#fresh(), this.#fresh()];
  }

  /** Whose row of J' each sample of the next batch is to pull back: k = 0, 1, ..., m - 1, 0, ... */
  nextRows(samples: number): number[] {
    const rows = Array.from({ length: samples }, (_, b) => (this.#next + b) % this.#features);
    this.#next = (this.#next + samples) % this.#features;
    return rows;
  }

  /** What pulls these rows back, times sqrt(m): as w, their squares have the mean that those of random w have. [samples, m]. */
  probesOf(rows: readonly number[]): Float32Array {
    const w = new Float32Array(rows.length * this.#features);
    rows.forEach((k, b) => (w[b * this.#features + k] = Math.sqrt(this.#features)));
    return w;
  }

  /**
   * Takes the control variate from `exact`, the estimates (J_i'^T u) delta_i / sigma_i of a batch summed by group, [samples, groups].
   * 1. By Stein's lemma E[(delta_i / sigma_i) u] = E J_i'. So for M, a mean of J over other samples, the control
   *    c_i = (delta_i / sigma_i) M_i^T u has the mean M_i^T E J_i', and it moves with the estimate as far as h is linear.
   * 2. That mean is estimated from the sample's own row k of J', m M_ki J'_ki with k running through all m: quiet beside c_i.
   * What is left, estimate - [1] + [2], has the same mean and, at the logits of ResNets, a third of the variance.
   * The batch has kept its residuals, and its second product is of `probesOf(rows)`.
   */
  apply(batch: NoisedBatch, logSigma: Float64Array, rows: readonly number[], exact: Tensor2D): Tensor2D {
    const own = this.#halves[this.#half];
    const other = this.#halves[this.#half === 0 ? 1 : 0];
    this.#half = this.#half === 0 ? 1 : 0;
    const [controlled, sums] = tf.tidy((): [Tensor2D, Tensor2D] => {
      const choice = tf.tensor2d(this.probesOf(rows), [rows.length, this.#features]); // sqrt(m) e_k
      const M = tf.div<Tensor2D>(other.sums, tf.tensor2d(Float32Array.from(other.counts), [this.#features, 1]));
      const flat = (values: Tensor4D): Tensor2D => tf.reshape(values, [-1, this.#grid.units]);
      const images = (values: Tensor2D): Tensor4D => tf.reshape(values, batch.delta.shape);
      const ofRows = batch.products[1]!; // sqrt(m) J'_k
      const inverse = perUnit(this.#grid, logSigma.map((z) => Math.exp(-z))); // prettier-ignore
      const Mu = images(tf.matMul(batch.residuals!, M));
      const control = tf.mul(tf.mul(batch.delta, inverse), Mu); // [1]
      const mean = tf.mul(images(tf.matMul(choice, M)), ofRows); // [2]
      const difference = groupSums(this.#grid, tf.sub<Tensor4D>(mean, control));
      const added = tf.div(tf.matMul(choice, flat(ofRows), true, false), this.#features); // J'_k, in row k
      return [tf.add<Tensor2D>(exact, difference), tf.add<Tensor2D>(own.sums, added)];
    });
    own.sums.dispose();
    own.sums = sums;
    for (const k of rows) own.counts[k]! += 1;
    return controlled;
  }

  /** Drops what was drawn at a sigma too far from the solution. */
  forget(): void {
    for (const { sums } of this.#halves) sums.dispose();
    this.#halves = [this.#fresh(), this.#fresh()];
  }

  #fresh(): RowSums {
    return { sums: tf.clone(this.#atImage), counts: new Float64Array(this.#features).fill(1) };
  }

  dispose(): void {
    tf.dispose([this.#atImage, ...this.#halves.map(({ sums }) => sums)]);
  }
}
