// Control variate for layers with few features, such as logits (docs/solver.md, step 11). In such layers, most of the
// noise of R comes from the linear part of h. The mean of that part is known from the rows of the Jacobian, which are
// computed for Q anyway.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { groupSums, perUnit } from './group-sums.ts';
import type { NoisedBatch } from './noised-batch.ts';
import type { SigmaGrid } from './sigma-grid.ts';

/** For each row of J, the sum of its samples (`sums`, [features, units]) and their number (`counts`). */
interface RowSums {
  sums: Tensor2D;
  readonly counts: Float64Array;
}

/**
 * Running means of J over noised images, separately for two halves of the samples. The mean of each half gives the
 * control variate for the other half. `dispose` frees the tensors.
 */
export class JacobianControl {
  readonly #grid: SigmaGrid;
  readonly #atImage: Tensor2D;
  readonly #features: number;
  /** Both halves start with J at x, which counts as one sample of each row. */
  #halves: readonly [RowSums, RowSums];
  #half: 0 | 1 = 0;
  #next = 0;

  /** `jacobian` is J at x, [features, units]; the control disposes it. */
  constructor(grid: SigmaGrid, jacobian: Tensor2D) {
    this.#grid = grid;
    this.#atImage = jacobian;
    this.#features = jacobian.shape[0];
    this.#halves = [this.#fresh(), this.#fresh()];
  }

  /**
   * Returns the row number k for each sample of the next batch: the sample computes row k of J'. Samples take the rows
   * in turn.
   */
  nextRows(samples: number): number[] {
    const rows = Array.from({ length: samples }, (_, b) => (this.#next + b) % this.#features);
    this.#next = (this.#next + samples) % this.#features;
    return rows;
  }

  /**
   * Returns the vectors w = sqrt(m) e_k for the row numbers k, [samples, m]. J'^T w is then sqrt(m) times row k of J',
   * and (J'^T w)_i^2 has the same mean as for random signs w.
   */
  probesOf(rows: readonly number[]): Float32Array {
    const w = new Float32Array(rows.length * this.#features);
    rows.forEach((k, b) => (w[b * this.#features + k] = Math.sqrt(this.#features)));
    return w;
  }

  /**
   * Applies the control variate to `exact`, R of a batch, [samples, groups]. M is a mean of J over other samples, and k
   * is the row number of the sample. Two terms have the same mean, M_i^T E J'_i:
   * [1] (delta_i / sigma_i) M_i^T u, which is correlated with R to the degree that h is linear;
   * [2] m M_ki J'_ki, which has much less noise than [1].
   * So `exact` - [1] + [2] has the mean of R and, at the logits of ResNets, a third of its variance. The batch must
   * hold its residuals, and its second product must be J'^T w for w = `probesOf(rows)`. Returns [samples, groups].
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
      const added = tf.div(tf.matMul(choice, flat(ofRows), true, false), this.#features); // J'_k, placed in row k
      return [tf.add<Tensor2D>(exact, difference), tf.add<Tensor2D>(own.sums, added)];
    });
    own.sums.dispose();
    own.sums = sums;
    for (const k of rows) own.counts[k]! += 1;
    return controlled;
  }

  /** Restarts from J at x. Used when samples were drawn at a sigma too far from the solution. */
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
