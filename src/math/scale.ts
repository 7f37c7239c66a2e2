// Scales sigma to the constraint of Eq. 2 (docs/solver.md, step 14): all sigmas below the cap are multiplied by one
// factor, so that E||h(x') - f||^2 = target. Then measures the constraint ratio of the result.
import { measureConstraint, meanJacobian } from './constraint.ts';
import type { ConstraintRatio } from './constraint.ts';
import type { Problem } from './noised-batch.ts';
import type { Random } from './random.ts';
import { SOLVER } from './solver.ts';

export interface Scaled {
  readonly logSigma: Float64Array;
  /** Constraint ratio of the final sigma, measured on samples that were not used for the scaling. */
  readonly constraint: ConstraintRatio;
  /** Part of the standard error of the mean entropy that is due to the scaling, in nats per unit. */
  readonly scaleError: number;
}

export interface ScaleOptions {
  /** Target of the energy E||h(x') - f||^2: alpha delta_f^2. */
  readonly target: number;
  readonly cap: number;
  readonly random: Random;
}

/** Scales sigma to the constraint. Groups at the cap are not changed. Throws NonFiniteError. */
export async function scaleToConstraint(
  problem: Problem,
  logSigma: Float64Array,
  options: ScaleOptions,
): Promise<Scaled> {
  const { target } = options;
  const few = problem.map.features <= SOLVER.fewFeatures;
  const rows = few
    ? await meanJacobian(problem, logSigma, { points: SOLVER.jacobianPoints, random: options.random.split('rows') })
    : undefined;
  const measure = async (z: Float64Array, samples: number, label: string): Promise<ConstraintRatio> => {
    const random = options.random.split(label);
    return await measureConstraint(problem, z, target, { samples, random, ...(rows && { meanJacobian: rows }) });
  };
  const logCap = Math.log(options.cap);
  try {
    const first = await measure(logSigma, SOLVER.roughSamples, 'scale-1');
    let z = shift(logSigma, -0.5 * Math.log(first.ratio), logCap);
    const wanted = Math.ceil((first.scatter / SOLVER.scalePrecision) ** 2 / SOLVER.scaleBatch) * SOLVER.scaleBatch;
    const samples = Math.min(SOLVER.mostScaleSamples, Math.max(SOLVER.roughSamples, wanted));
    const second = await measure(z, samples, 'scale-2');
    z = shift(z, -0.5 * Math.log(second.ratio), logCap);
    const constraint = await measure(z, Math.min(samples, SOLVER.checkSamples), 'constraint');
    return { logSigma: z, constraint, scaleError: second.scatter / (2 * Math.sqrt(samples)) };
  } finally {
    rows?.dispose();
  }
}

function shift(logSigma: Float64Array, by: number, logCap: number): Float64Array {
  return logSigma.map((z) => (z < logCap ? Math.min(logCap, z + by) : z));
}
