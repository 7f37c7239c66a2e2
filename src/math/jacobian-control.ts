// Fewer samples for layers of few features (logits): the exact estimator of the curvature there owes most of its noise to the linear
// part of h, whose share in its mean is known from rows of the Jacobian that the quiet estimator pulls back anyway.
import type { NoisedBatch } from './noised-batch.ts';
import type { SigmaGrid } from './sigma-grid.ts';

/** A running mean of J over noised images in two halves, [features, units] each: one serves the samples of the other. */
export class JacobianControl {
  readonly #grid: SigmaGrid;
  readonly #atImage: Float64Array;
  readonly #features: number;
  /** Sums of rows, and how many of each row, per half. J at x counts as one sample of each. */
  readonly #sums: readonly [Float64Array, Float64Array];
  readonly #counts: readonly [Float64Array, Float64Array];
  #half: 0 | 1 = 0;

  /** `jacobian`: J at x, [features, units]. */
  constructor(grid: SigmaGrid, jacobian: Float64Array) {
    this.#grid = grid;
    this.#atImage = jacobian;
    this.#features = jacobian.length / grid.units;
    this.#sums = [new Float64Array(jacobian.length), new Float64Array(jacobian.length)];
    this.#counts = [new Float64Array(this.#features), new Float64Array(this.#features)];
    this.forget();
  }

  /**
   * Takes the control variate from `exact`, the estimates (J_i'^T u) delta_i / sigma_i of a batch pooled to [samples, groups].
   * 1. By Stein's lemma E[(delta_i / sigma_i) u] = E J_i'. So for M, a mean of J over other samples, the control
   *    c_i = (delta_i / sigma_i) M_i^T u has the mean M_i^T E J_i', and it moves with the estimate as far as h is linear.
   * 2. That mean is estimated from the sample's own row k of J', m M_ki J'_ki with k running through all m: quiet beside c_i.
   * What is left, estimate - [1] + [2], has the same mean and, at the logits of ResNets, a third of the variance.
   */
  apply(batch: NoisedBatch, logSigma: Float64Array, coordinates: readonly number[], exact: Float64Array): void {
    const { units, groups, groupOf } = this.#grid;
    const m = this.#features;
    const M = this.#mean(this.#half === 0 ? 1 : 0);
    const sums = this.#sums[this.#half];
    const counts = this.#counts[this.#half];
    const inverse = logSigma.map((z) => Math.exp(-z));
    const rows = batch.products[1]!; // sqrt(m) J'_k
    for (let b = 0; b < batch.samples; b++) {
      const k = coordinates[b]!;
      const Mu = this.#pull(M, batch.residuals, b * m);
      for (let i = 0, at = b * units, row = k * units; i < units; i++, at++, row++) {
        const g = groupOf[i]!;
        const control = batch.delta[at]! * inverse[g]! * Mu[i]!; // [1]
        const mean = Math.sqrt(m) * M[row]! * rows[at]!; // [2]
        exact[b * groups + g]! += mean - control;
        sums[row]! += rows[at]! / Math.sqrt(m);
      }
      counts[k]! += 1;
    }
    this.#half = this.#half === 0 ? 1 : 0;
  }

  /** Drops what was drawn at a sigma too far from the solution. */
  forget(): void {
    for (const sums of this.#sums) sums.set(this.#atImage);
    for (const counts of this.#counts) counts.fill(1);
  }

  #mean(half: 0 | 1): Float64Array {
    const { units } = this.#grid;
    const counts = this.#counts[half];
    return this.#sums[half].map((sum, at) => sum / counts[Math.floor(at / units)]!);
  }

  /** M^T u, [units]. */
  #pull(M: Float64Array, residuals: Float32Array, offset: number): Float64Array {
    const { units } = this.#grid;
    const product = new Float64Array(units);
    for (let k = 0, at = 0; k < this.#features; k++) {
      const u = residuals[offset + k]!;
      for (let i = 0; i < units; i++, at++) product[i]! += M[at]! * u;
    }
    return product;
  }
}
