// Correlation of the estimation noise over the image (docs/solver.md, step 9). Neighbouring pixels influence the same
// features, so the errors of their estimates are correlated, and smoothing removes less of this noise than of noise
// that is independent between groups.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { SigmaGrid } from './sigma-grid.ts';
import { WIDTHS, smoothingAlong } from './smooth-field.ts';
import { SOLVER } from './solver.ts';

/** Sums of e S e and q S e over samples for every smoothing S, where e and q are the noise of R and Q. */
export class NoiseCorrelation {
  readonly #grid: SigmaGrid;
  /** Sums of e S e (`#squares`) and of q S e (`#products`) over samples and groups, one per width. */
  readonly #squares = new Float64Array(WIDTHS.length);
  readonly #products = new Float64Array(WIDTHS.length);

  /**
   * Smoothing matrices along the rows and along the columns of the grid, one per width. `#down` and `#across` hold the
   * matrices of all widths concatenated, as `measure` needs them.
   */
  readonly #rows: Smoothings;
  readonly #columns: Smoothings;
  readonly #down: Float32Array;
  readonly #across: Float32Array;

  constructor(grid: SigmaGrid) {
    this.#grid = grid;
    this.#rows = smoothingsAlong(grid.rows);
    this.#columns = smoothingsAlong(grid.columns);
    this.#down = sideBySide(this.#rows, 'transposed');
    this.#across = sideBySide(this.#columns, 'plain');
  }

  /**
   * Returns the sums of e S e and q S e for `add`, [2, widths]. `e` and `q` are the scaled R and Q of the same samples,
   * [samples, groups]; their means over the samples are subtracted first. Groups whose `counts` [1, groups] is 0 are
   * ignored.
   */
  measure(e: Tensor2D, q: Tensor2D, counts: Tensor2D): Tensor2D {
    const { planes, rows, columns } = this.#grid;
    const images = Math.min(SOLVER.correlatedSamples, e.shape[0]) * planes;
    const widths = WIDTHS.length;
    return tf.tidy(() => {
      const noises = [e, q].map((values) => {
        const some = tf.slice(tf.sub(values, tf.mean(values, 0, true)), 0, images / planes);
        return tf.reshape(tf.mul(some, counts), [images, rows, columns]);
      });
      const right = tf.tensor2d(this.#across, [columns, widths * columns]);
      const left = tf.tensor2d(this.#down, [rows, widths * rows]);
      // S is the Kronecker product of a matrix A along the rows and a matrix C along the columns, so q S e is the sum
      // over the elementwise product of A e and q C. One matrix product per direction is therefore enough for all
      // widths.
      const upright = tf.reshape(tf.transpose(noises[0]!, [0, 2, 1]), [images * columns, rows]);
      const down = tf.reshape(tf.matMul(upright, left), [images, columns, widths, rows]);
      const smoothed = tf.transpose(down, [0, 3, 2, 1]);
      const sums = noises.map((noise) => {
        const across = tf.matMul(tf.reshape(noise, [images * rows, columns]), right);
        return tf.sum(tf.sum(tf.mul(smoothed, tf.reshape(across, [images, rows, widths, columns])), 3), [0, 1]);
      });
      return tf.stack(sums) as Tensor2D;
    });
  }

  /** Adds the values returned by `measure`. */
  add(measured: ArrayLike<number>): void {
    for (let k = 0; k < WIDTHS.length; k++) {
      this.#squares[k]! += measured[k]!;
      this.#products[k]! += measured[WIDTHS.length + k]!;
    }
  }

  /** Discards all sums. */
  forget(): void {
    this.#squares.fill(0);
    this.#products.fill(0);
  }

  /**
   * Noise gain per width, relative to noise that is independent between groups: sum_gh S_gh cov(e_g, (e - q)_h) / sum_g
   * S_gg cov(e_g, (e - q)_g). For the noise 'e', replace e - q by e. The gain is 1 if there is no noise.
   */
  gains(noise: 'e' | 'e - q', counts: Float64Array): Float64Array {
    const passed = noise === 'e' ? this.#squares : this.#squares.map((square, k) => square - this.#products[k]!);
    const white = passed[0]!;
    if (!(white > 0)) return new Float64Array(WIDTHS.length).fill(1);
    return passed.map((value, k) => Math.max(0, value / (white * this.#shareOfWhiteNoise(k, counts))));
  }

  /** Share of independent noise that remains after a smoothing: the mean of S_gg over the groups with `counts` 1. */
  #shareOfWhiteNoise(k: number, counts: Float64Array): number {
    const { rows, columns } = this.#grid;
    const [down, across] = [this.#rows[k]!, this.#columns[k]!];
    let [sum, counted] = [0, 0];
    for (let g = 0; g < counts.length; g++) {
      const [row, column] = [Math.floor(g / columns) % rows, g % columns];
      sum += counts[g]! * down[row]![row]! * across[column]![column]!;
      counted += counts[g]!;
    }
    return sum / counted;
  }
}

/** One matrix per width. */
type Smoothings = readonly (readonly Float64Array[])[];

function smoothingsAlong(size: number): Smoothings {
  return WIDTHS.map((width) => smoothingAlong(size, width));
}

/** All smoothing matrices concatenated, [size, widths x size], so that one matrix product applies all of them. */
function sideBySide(smoothings: Smoothings, form: 'plain' | 'transposed'): Float32Array {
  const size = smoothings[0]!.length;
  const matrix = new Float32Array(size * smoothings.length * size);
  smoothings.forEach((rows, k) => {
    rows.forEach((row, i) => {
      row.forEach((value, j) => {
        const [from, to] = form === 'plain' ? [i, j] : [j, i];
        matrix[(from * smoothings.length + k) * size + to] = value;
      });
    });
  });
  return matrix;
}
