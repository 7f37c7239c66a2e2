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
  const linear = options.meanJacobian && linearPart(problem, logSigma, options.meanJacobian);
  try {
    while (energies.length < options.samples) {
      const samples = Math.min(options.batch, options.samples - energies.length);
      const { energy, delta } = await drawNoisedBatch(problem, logSigma, { samples, random: options.random });
      for (const e of energy) energies.push(e / target);
      if (linear) for (const e of await linear.excess(delta, samples)) excess.push(e / target);
    }
  } finally {
    linear?.dispose();
  }
  const n = energies.length;
  const beta = excess.length === 0 ? 0 : regression(excess, energies);
  const reduced = excess.length === 0 ? energies : energies.map((e, s) => e - beta * excess[s]!);
  const ratio = reduced.reduce((a, b) => a + b, 0) / n;
  const variance = n > 1 ? reduced.reduce((sum, e) => sum + (e - ratio) ** 2, 0) / (n - 1) : NaN;
  return { ratio, error: Math.sqrt(variance / n), scatter: ratio > 0 ? Math.sqrt(variance) / ratio : 0, samples: n };
}

interface LinearPart {
  /** ||J sigma o delta||^2 less its mean, per sample. */
  excess(delta: Float32Array, samples: number): Promise<number[]>;
  dispose(): void;
}

function linearPart({ grid }: Problem, logSigma: Float64Array, J: Float64Array): LinearPart {
  const { units, groupOf } = grid;
  const scaled = Float32Array.from(J, (value, at) => value * Math.exp(logSigma[groupOf[at % units]!]!));
  const mean = scaled.reduce((sum, value) => sum + value * value, 0);
  const matrix = tf.tensor2d(scaled, [J.length / units, units]);
  return {
    async excess(delta, samples) {
      const energy = tf.tidy(() => {
        const noise = tf.tensor2d(delta, [samples, units]);
        return tf.sum(tf.square(tf.matMul(noise, matrix, false, true)), 1);
      });
      const values = await energy.data();
      energy.dispose();
      return Array.from(values, (e) => e - mean);
    },
    dispose: () => matrix.dispose(),
  };
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
