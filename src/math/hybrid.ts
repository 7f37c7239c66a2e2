// The optimum of Eq. 5 under its constraint: sigma that maximises the mean entropy while E||h(x') - f||^2 = target. Noised batches
// give a quiet, slightly wrong curvature and an exact, noisy one; the quiet one is corrected by as much of their smoothed ratio as
// Stein's risk estimate trusts, which also says how far from the optimum the result is: its certificate.
import { estimateColumnNorms } from './column-norms.ts';
import { closedFormSigma } from './closed-form.ts';
import type { ConstraintRatio } from './constraint.ts';
import { measureConstraint } from './constraint.ts';
import { GaussianCurvature } from './curvature.ts';
import type { Curvature } from './curvature.ts';
import type { Problem } from './noised-batch.ts';
import { drawNoisedBatch } from './noised-batch.ts';
import type { Random } from './random.ts';
import { smoothRatio } from './smooth-ratio.ts';

export interface HybridOptions {
  /** alpha delta_f^2. */
  readonly target: number;
  /** Stop when the mean entropy is this close to its optimum, in nats. */
  readonly tolerance: number;
  /** sigma never exceeds it. */
  readonly cap: number;
  /** At most this many noised samples. */
  readonly maxSamples: number;
  readonly batch: number;
  readonly random: Random;
}

export interface HybridSolution {
  /** log sigma per group, scaled so that the constraint holds. */
  readonly logSigma: Float64Array;
  /** Estimated distance of the mean entropy from its optimum, nats per unit. */
  readonly gap: number;
  readonly gapError: number;
  /** Noised samples used. */
  readonly samples: number;
  /** Whether the tolerance was met before maxSamples. */
  readonly converged: boolean;
  /** Units that no feature depends on. */
  readonly uncovered: number;
}

interface Fit {
  /** A_g, 0 where nothing depends on the group. */
  readonly curvature: Float64Array;
  readonly gap: number;
  readonly gapError: number;
}

/** Of log sigma, per iteration: where noise wakes up what is dead at x, one batch says little about another sigma. */
const LONGEST_STEP = Math.log(4);

/** Solves for sigma; the constraint is met roughly, see `scale`. Throws NonFiniteError. */
export async function solveHybrid(problem: Problem, options: HybridOptions): Promise<HybridSolution> {
  const { grid } = problem;
  const start = await estimateColumnNorms(problem.map, problem.image, grid, {
    probes: 32,
    batch: options.batch,
    random: options.random.split('start'),
    costs: problem.costs,
  });
  const curvature = new GaussianCurvature(grid, problem.map.features, options.random.split('probe'), start.energies, 4);
  const logSigma = closedFormSigma(start.energies, grid.unitsOf, options.target, options.cap).logSigma;
  return await iterate(problem, curvature, logSigma, options);
}

async function iterate(
  problem: Problem,
  curvature: Curvature,
  start: Float64Array,
  options: HybridOptions,
): Promise<HybridSolution> {
  const noise = options.random.split('noise');
  const logCap = Math.log(options.cap);
  let logSigma = start;
  let samples = 0;
  for (let t = 1; ; t++) {
    const probe = curvature.nextProbe(options.batch);
    const batch = await drawNoisedBatch(problem, logSigma, {
      samples: options.batch,
      random: noise,
      exact: true,
      probe,
      readU: curvature.readU,
    });
    samples += batch.samples;
    const ratio = batch.energy.reduce((a, b) => a + b, 0) / batch.samples / options.target;
    curvature.add(batch, logSigma);
    const fit = fitCurvature(problem, curvature, logSigma, logCap);
    const rho = t === 1 ? 1 : Math.max(0.25, 2 / (t + 1));
    // The energy that the curvature foretells, less what the samples say it is too much by.
    const energy = foretell(fit.curvature, logSigma) / clamp(ratio, 0.1, 20) ** rho;
    const placed = closedFormSigma(fit.curvature, problem.grid.unitsOf, energy, options.cap);
    logSigma = logSigma.map((z, g) => clamp(placed.logSigma[g]!, z - LONGEST_STEP, z + LONGEST_STEP));
    const far = ratio > 2 || ratio < 0.5;
    if (far) curvature.forget();
    const everywhere = ratio <= 1 && logSigma.every((z) => z >= logCap);
    const converged = !far && samples >= 96 && t >= 4 && fit.gap + 2 * fit.gapError < options.tolerance;
    if (everywhere || converged || samples + options.batch > options.maxSamples) {
      const uncovered = countUncovered(problem, fit.curvature);
      return { logSigma, gap: fit.gap, gapError: fit.gapError, samples, converged: everywhere || converged, uncovered };
    }
  }
}

/** The corrected curvature with its risk, over the groups below the cap (over all where none is). */
function fitCurvature(problem: Problem, curvature: Curvature, logSigma: Float64Array, logCap: number): Fit {
  const { grid } = problem;
  const { quiet, ratio, variance, covariance, predictors } = curvature.estimate();
  const below = logSigma.some((z) => z < logCap);
  const live = Uint8Array.from(quiet, (a, g) => Number(a > 0 && (!below || logSigma[g]! < logCap)));
  const count = live.reduce((a, b) => a + b, 0);
  if (count === 0) return { curvature: quiet, gap: 0, gapError: 0 };
  const mean = sumWhere(live, ratio) / count;
  const noise = {
    variance: sumWhere(live, variance) / count / mean ** 2,
    covariance: sumWhere(live, covariance) / count / mean,
  };
  const field = { planes: grid.planes, rows: grid.rows, columns: grid.columns, live };
  const y = ratio.map((value, g) => (live[g] === 1 ? value / mean - 1 : 0));
  const { q, risk } = smoothRatio(y, noise, field, predictors);
  const corrected = quiet.map((a, g) => a * clamp(1 + q[g]!, 0.15, 6));
  return { curvature: corrected, gap: risk / 4, gapError: (noise.variance / 4) * Math.sqrt(2 / count) };
}

/** sum_g A_g sigma_g^2. */
function foretell(curvature: Float64Array, logSigma: Float64Array): number {
  let energy = 0;
  for (let g = 0; g < curvature.length; g++) energy += curvature[g]! * Math.exp(2 * logSigma[g]!);
  return energy;
}

function countUncovered(problem: Problem, curvature: Float64Array): number {
  let units = 0;
  for (let g = 0; g < curvature.length; g++) if (!(curvature[g]! > 0)) units += problem.grid.unitsOf[g]!;
  return units;
}

/** What `scale` adds to a solution. */
export interface Scaled {
  readonly logSigma: Float64Array;
  /** Of the final sigma, from samples that its scale does not depend on. */
  readonly constraint: ConstraintRatio;
  /** Standard error of the mean entropy that comes from the scale, nats per unit. */
  readonly scaleError: number;
}

/**
 * Multiplies sigma by one number so that E||h(x') - f||^2 = target, measured with as many forwards as bring it to 1 %, at least 64
 * and at most 4,096; then measures the constraint afresh. Groups at the cap stay there.
 */
export async function scaleToConstraint(
  problem: Problem,
  logSigma: Float64Array,
  options: HybridOptions,
): Promise<Scaled> {
  const measure = async (z: Float64Array, samples: number, label: string): Promise<ConstraintRatio> =>
    await measureConstraint(problem, z, options.target, {
      samples,
      batch: options.batch,
      random: options.random.split(label),
    });
  const logCap = Math.log(options.cap);
  const first = await measure(logSigma, 64, 'scale-1');
  let z = shift(logSigma, -0.5 * Math.log(first.ratio), logCap);
  const samples = Math.min(4096, Math.max(64, Math.ceil((first.scatter / 0.01) ** 2 / options.batch) * options.batch));
  const second = await measure(z, samples, 'scale-2');
  z = shift(z, -0.5 * Math.log(second.ratio), logCap);
  const constraint = await measure(z, samples, 'constraint');
  return { logSigma: z, constraint, scaleError: second.scatter / (2 * Math.sqrt(samples)) };
}

function shift(logSigma: Float64Array, by: number, logCap: number): Float64Array {
  return logSigma.map((z) => (z < logCap ? Math.min(logCap, z + by) : z));
}

function sumWhere(live: Uint8Array, values: Float64Array): number {
  let sum = 0;
  for (let g = 0; g < live.length; g++) if (live[g] === 1) sum += values[g]!;
  return sum;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
