// The last step to the constraint of Eq. 2: one factor for all sigmas, so that E||h(x') - f||^2 = target, and the ratio that the
// result really has.
import { measureConstraint, meanJacobian } from './constraint.ts';
import type { ConstraintRatio } from './constraint.ts';
import type { Problem } from './noised-batch.ts';
import type { Random } from './random.ts';

export interface Scaled {
  readonly logSigma: Float64Array;
  /** Of the final sigma, from samples that its scale does not depend on. */
  readonly constraint: ConstraintRatio;
  /** Standard error of the mean entropy that comes from the scale, nats per unit. */
  readonly scaleError: number;
}

export interface ScaleOptions {
  /** alpha delta_f^2. */
  readonly target: number;
  readonly cap: number;
  readonly random: Random;
}

/** The energy is measured to this part of itself. */
const PRECISION = 0.01;
const MOST = 4096;
/** Numbers of samples are multiples of it, so that a rounding error seldom changes one. */
const STEP = 32;

/** Samples for the ratio that is published. */
const CHECK = 512;

/** Features up to which the mean Jacobian is worth its price: it takes half or more of the energy's scatter away. */
const FEW = 32;

/** Groups at the cap stay there. Throws NonFiniteError. */
export async function scaleToConstraint(
  problem: Problem,
  logSigma: Float64Array,
  options: ScaleOptions,
): Promise<Scaled> {
  const { target } = options;
  const few = problem.map.features <= FEW;
  const rows = few
    ? await meanJacobian(problem, logSigma, { points: 16, random: options.random.split('rows') })
    : undefined;
  const measure = async (z: Float64Array, samples: number, label: string): Promise<ConstraintRatio> => {
    const random = options.random.split(label);
    return await measureConstraint(problem, z, target, { samples, random, ...(rows && { meanJacobian: rows }) });
  };
  const logCap = Math.log(options.cap);
  try {
    const first = await measure(logSigma, 64, 'scale-1');
    let z = shift(logSigma, -0.5 * Math.log(first.ratio), logCap);
    const wanted = Math.ceil((first.scatter / PRECISION) ** 2 / STEP) * STEP;
    const samples = Math.min(MOST, Math.max(64, wanted));
    const second = await measure(z, samples, 'scale-2');
    z = shift(z, -0.5 * Math.log(second.ratio), logCap);
    const constraint = await measure(z, Math.min(samples, CHECK), 'constraint');
    return { logSigma: z, constraint, scaleError: second.scatter / (2 * Math.sqrt(samples)) };
  } finally {
    rows?.dispose();
  }
}

function shift(logSigma: Float64Array, by: number, logCap: number): Float64Array {
  return logSigma.map((z) => (z < logCap ? Math.min(logCap, z + by) : z));
}
