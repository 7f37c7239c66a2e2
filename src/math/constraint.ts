// Measures how closely a sigma meets the constraint of Eq. 2, E||h(x') - f||^2 = epsilon = alpha delta_f^2. Each sample
// takes one forward pass (docs/solver.md, step 14).
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Problem } from './noised-batch.ts';
import { drawNoisedBatch } from './noised-batch.ts';
import { perUnit, sumsOfSquares } from './group-sums.ts';
import type { Random } from './random.ts';
import { expectFinite, readBack } from './read-back.ts';

export interface ConstraintRatio {
  /** Constraint ratio: E||h(x') - f||^2 / target. */
  readonly ratio: number;
  /** Standard error of the ratio; NaN for a single sample. */
  readonly error: number;
  /** Standard deviation of the ratio of a single sample, divided by `ratio`. */
  readonly scatter: number;
  readonly samples: number;
}

export interface ConstraintOptions {
  readonly samples: number;
  readonly random: Random;
  /**
   * Mean Jacobian of h, [m, height, width, channels], from `meanJacobian`. It removes the scatter that is due to the
   * linear part of h. The caller disposes the tensor.
   */
  readonly meanJacobian?: Tensor4D;
}

/**
 * Measures the constraint ratio with `samples` fresh noised images. If the mean Jacobian J is given, a control variate
 * c reduces the scatter: c = ||J (sigma o delta)||^2 - sum_i sigma_i^2 ||J_i||^2, the energy of the linear part of h
 * minus its known mean. The measured energy is reduced by c times the slope of its regression on c. Throws
 * NonFiniteError.
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
      const samples = Math.min(problem.passes.rows, options.samples - energies.length);
      const { delta, energy } = await drawNoisedBatch(problem, logSigma, { samples, random: options.random });
      const ofLinear = linear ? [linear.excess(delta)] : [];
      delta.dispose();
      const [values, more = []] = await readBack([energy, ...ofLinear]);
      expectFinite(values!, 'features');
      for (const e of values!) energies.push(e / target);
      for (const e of more) excess.push(e / target);
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
  /** ||J (sigma o delta)||^2 minus its mean, for every sample: [samples, height, width, channels] -> [samples]. */
  excess(delta: Tensor4D): Tensor;
  dispose(): void;
}

function linearPart({ grid }: Problem, logSigma: Float64Array, J: Tensor4D): LinearPart {
  const flat = (values: Tensor4D): Tensor2D => tf.reshape(values, [-1, grid.units]);
  const [matrix, mean] = tf.tidy((): [Tensor2D, Tensor] => {
    const scaled = tf.mul<Tensor4D>(J, perUnit(grid, logSigma.map(Math.exp)));
    return [flat(scaled), tf.sum(sumsOfSquares(scaled))];
  });
  return {
    excess: (delta) => tf.tidy(() => tf.sub(tf.sum(tf.square(tf.matMul(flat(delta), matrix, false, true)), 1), mean)),
    dispose: () => tf.dispose([matrix, mean]),
  };
}

/** Least-squares slope of y on x; 0 if x is constant. */
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

/**
 * Returns the mean of the Jacobian over a few noised images, [m, height, width, channels], at the cost of m products
 * per image. The caller disposes the tensor.
 */
export async function meanJacobian(
  problem: Problem,
  logSigma: Float64Array,
  options: { readonly points: number; readonly random: Random },
): Promise<Tensor4D> {
  const { points, random } = options;
  const m = problem.map.features;
  const pull = Array.from({ length: m }, (_, k) =>
    Float32Array.from({ length: points * m }, (_value, at) => Number(at % m === k)),
  );
  const batch = await drawNoisedBatch(problem, logSigma, { samples: points, random, pull });
  const mean = tf.tidy(() => tf.stack(batch.products.map((rows) => tf.mean(rows, 0))));
  batch.dispose();
  return mean as Tensor4D;
}
