// The constraint of Eq. 2: E||h(x') - f||^2 = epsilon = alpha delta_f^2. How well a sigma meets it, by forwards alone.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Problem } from './noised-batch.ts';
import { drawNoisedBatch } from './noised-batch.ts';
import type { Random } from './random.ts';

export interface ConstraintRatio {
  /** E||h(x') - f||^2 / target. */
  readonly ratio: number;
  readonly error: number;
  /** Standard deviation that one sample contributes, relative to the ratio. */
  readonly scatter: number;
  readonly samples: number;
}

export interface ConstraintOptions {
  readonly samples: number;
  readonly batch: number;
  readonly random: Random;
  /** J of the linear part of h, [m, units], see `meanJacobian`: takes its part of the scatter away. */
  readonly meanJacobian?: Float64Array;
}

/**
 * Measures the ratio with `samples` fresh noised images. The linear part of h has the energy ||J sigma o delta||^2, whose mean
 * sum_i sigma_i^2 ||J_i||^2 is known: given J, what it exceeds its mean by is subtracted, times the regression of one on the other.
 * Throws NonFiniteError.
 */
export async function measureConstraint(
  problem: Problem,
  logSigma: Float64Array,
  target: number,
  options: ConstraintOptions,
): Promise<ConstraintRatio> {
  const energies: number[] = [];
  const excess: number[] = [];
  while (energies.length < options.samples) {
    const samples = Math.min(options.batch, options.samples - energies.length);
    const { energy, delta } = await drawNoisedBatch(problem, logSigma, { samples, random: options.random });
    for (const e of energy) energies.push(e / target);
    const { meanJacobian: J } = options;
    if (J !== undefined) excess.push(...linearExcess(problem, logSigma, J, delta, samples).map((e) => e / target));
  }
  const n = energies.length;
  const beta = excess.length === 0 ? 0 : regression(excess, energies);
  const reduced = excess.length === 0 ? energies : energies.map((e, s) => e - beta * excess[s]!);
  const ratio = reduced.reduce((a, b) => a + b, 0) / n;
  const variance = n > 1 ? reduced.reduce((sum, e) => sum + (e - ratio) ** 2, 0) / (n - 1) : NaN;
  return { ratio, error: Math.sqrt(variance / n), scatter: ratio > 0 ? Math.sqrt(variance) / ratio : 0, samples: n };
}

/** ||J sigma o delta||^2 less its mean, per sample. */
function linearExcess(
  { grid }: Problem,
  logSigma: Float64Array,
  J: Float64Array,
  delta: Float32Array,
  samples: number,
): number[] {
  const { units, groupOf } = grid;
  const m = J.length / units;
  const sigma = Float64Array.from(groupOf, (g) => Math.exp(logSigma[g]!));
  const scaled = J.map((value, at) => value * sigma[at % units]!);
  const mean = scaled.reduce((sum, value) => sum + value * value, 0);
  return Array.from({ length: samples }, (_, b) => {
    let energy = 0;
    for (let k = 0; k < m; k++) {
      let value = 0;
      for (let i = 0, at = k * units; i < units; i++, at++) value += scaled[at]! * delta[b * units + i]!;
      energy += value * value;
    }
    return energy - mean;
  });
}

/** Slope of y on x. */
function regression(x: readonly number[], y: readonly number[]): number {
  const n = x.length;
  const [mx, my] = [x.reduce((a, b) => a + b, 0) / n, y.reduce((a, b) => a + b, 0) / n];
  let [xx, xy] = [0, 0];
  for (let s = 0; s < n; s++) {
    xx += (x[s]! - mx) ** 2;
    xy += (x[s]! - mx) * (y[s]! - my);
  }
  return xx > 0 ? xy / xx : 0;
}

/** The mean of J over a few noised images, [m, units], all rows: m products for each. */
export async function meanJacobian(
  problem: Problem,
  logSigma: Float64Array,
  options: { readonly points: number; readonly random: Random },
): Promise<Float64Array> {
  const { map, grid } = problem;
  const { points } = options;
  const m = map.features;
  const batch = await drawNoisedBatch(problem, logSigma, {
    samples: points,
    random: options.random,
    products: {
      count: m,
      forward(_, x) {
        const linear = map.linearize(x);
        const row = (k: number): Tensor4D => {
          const unit = tf.tensor2d(
            Float32Array.from({ length: points * m }, (_value, at) => Number(at % m === k)),
            [points, m],
          );
          const product = linear.pullback(unit);
          unit.dispose();
          return product;
        };
        return {
          f: linear.f,
          pull: () => Array.from({ length: m }, (_row, k) => row(k)),
          dispose: () => linear.dispose(),
        };
      },
    },
  });
  const mean = new Float64Array(m * grid.units);
  batch.products.forEach((rows, k) => {
    for (let at = 0; at < rows.length; at++) mean[k * grid.units + (at % grid.units)]! += rows[at]! / points;
  });
  return mean;
}
