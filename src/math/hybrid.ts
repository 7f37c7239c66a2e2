// The optimum of Eq. 5 under its constraint: sigma that maximises the mean entropy while E||h(x') - f||^2 = target. Noised batches
// give a quiet, slightly wrong curvature and an exact, noisy one; the quiet one is corrected by as much of their smoothed ratio as
// Stein's risk estimate trusts, which also says how far from the optimum the result is: its certificate.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { estimateColumnNorms, groupEnergies } from './column-norms.ts';
import { closedFormSigma } from './closed-form.ts';
import { CurvatureSums, exactCurvature, quietCurvature } from './curvature.ts';
import type { CurvatureEstimate } from './curvature.ts';
import { JacobianControl } from './jacobian-control.ts';
import { jacobianRows } from './linearization.ts';
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
  /** Samples of each of the first steps; later ones, which move sigma less, have twice as many. */
  readonly batch: number;
  readonly random: Random;
  /** log sigma per group of a solution nearby: of this image, for a network much like this one. */
  readonly start?: Float64Array;
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
  /** Whether the map of log sigma stands out from its noise: its correlation with the optimum is RESOLVED or more. */
  readonly resolved: boolean;
}

/** The Jacobian at x is taken whole for at most so many features, and serves as a control variate. */
const FEW = 32;

const RESOLVED = 0.96;

const FIRST_STEPS = 4;

/** What the error of a fit counts for that was chosen because it looked better. */
const CHOSEN = 1.5;

/** Of log sigma, per iteration: where noise wakes up what is dead at x, one batch says little about another sigma. */
const LONGEST_STEP = Math.log(4);

/** Solves for sigma; the constraint is met roughly, see scale.ts. Throws NonFiniteError. */
export async function solveHybrid(problem: Problem, options: HybridOptions): Promise<HybridSolution> {
  const source = problem.map.features <= FEW ? drawRows(problem) : drawSigns(problem, options.random);
  try {
    return await iterate(problem, source, await startOf(problem, source, options), options);
  } finally {
    source.dispose();
  }
}

/** Where the search begins. */
interface Start {
  readonly logSigma: Float64Array;
  /** A_g there. */
  readonly curvature: Float64Array;
  /** The same where it comes from a solution nearby, NaN where that was at the cap, which says nothing. */
  readonly nearby?: Float64Array;
}

async function startOf(problem: Problem, source: Source, { start, target, cap }: HybridOptions): Promise<Start> {
  const { unitsOf, units } = problem.grid;
  if (start === undefined) {
    const curvature = await source.energies();
    return { curvature, logSigma: closedFormSigma(curvature, unitsOf, target, cap).logSigma };
  }
  const logCap = Math.log(cap);
  const logSigma = start.map((z) => Math.min(z, logCap));
  const curvature = logSigma.map((z, g) => (target * unitsOf[g]! * Math.exp(-2 * z)) / units);
  return { logSigma, curvature, nearby: curvature.map((a, g) => (logSigma[g]! < logCap ? a : NaN)) };
}

/** A batch at a sigma: its energies [samples], and both estimates of the curvature, [samples, groups]; all the caller's. */
interface Drawn {
  readonly energy: Tensor1D;
  readonly exact: Tensor2D;
  readonly quiet: Tensor2D;
}

interface Source {
  /** A_g at x. */
  energies(): Promise<Float64Array>;
  /** `fresh`: what earlier batches say is to be forgotten first. */
  draw(logSigma: Float64Array, noise: Random, samples: number, fresh: boolean): Promise<Drawn>;
  dispose(): void;
}

/** The quiet estimate from random signs w: (J'^T w)_i^2 has mean ||J'_i||^2 and relative variance below 2, however many features. */
function drawSigns(problem: Problem, random: Random): Source {
  const { map, image, grid, costs } = problem;
  const start = { probes: 32, batch: problem.passes.rows, random: random.split('start'), costs };
  const signs = random.split('probe');
  return {
    energies: async () => (await estimateColumnNorms(map, image, grid, start)).energies,
    async draw(logSigma, noise, samples) {
      const w = new Float32Array(samples * map.features);
      signs.fillSigns(w);
      const batch = await drawNoisedBatch(problem, logSigma, { samples, random: noise, pull: ['residuals', w] });
      const exact = exactCurvature(grid, batch, logSigma);
      const quiet = quietCurvature(grid, batch);
      tf.dispose([batch.delta, ...batch.products]);
      return { energy: batch.energy, exact, quiet };
    },
    dispose: () => undefined,
  };
}

/** For few features: A_g at x exactly, the quiet estimate from the rows of J', and the exact one under their control. */
function drawRows(problem: Problem): Source {
  const { map, image, grid, costs } = problem;
  const parts = [...jacobianRows(map, image, { batch: problem.passes.rows, costs })];
  const jacobian = tf.concat<Tensor4D>(parts);
  tf.dispose(parts);
  const control = new JacobianControl(grid, tf.reshape(jacobian, [map.features, grid.units]));
  return {
    energies: () => groupEnergies(grid, jacobian),
    async draw(logSigma, noise, samples, fresh) {
      if (fresh) control.forget();
      const ofRows = control.nextRows(samples);
      const pull = ['residuals', control.probesOf(ofRows)] as const;
      const batch = await drawNoisedBatch(problem, logSigma, { samples, random: noise, pull, keepsResiduals: true });
      const plain = exactCurvature(grid, batch, logSigma);
      const exact = control.apply(batch, logSigma, ofRows, plain);
      const quiet = quietCurvature(grid, batch);
      tf.dispose([plain, batch.delta, batch.residuals!, ...batch.products]);
      return { energy: batch.energy, exact, quiet };
    },
    dispose() {
      jacobian.dispose();
      control.dispose();
    },
  };
}

async function iterate(
  problem: Problem,
  source: Source,
  { logSigma: first, curvature, nearby }: Start,
  options: HybridOptions,
): Promise<HybridSolution> {
  const noise = options.random.split('noise');
  const logCap = Math.log(options.cap);
  const sums = new CurvatureSums(problem.grid, curvature, 4);
  let logSigma = first;
  let samples = 0;
  let far = false;
  for (let t = 1; ; t++) {
    const count = samplesOf(t, options);
    const { energy, exact, quiet } = await source.draw(logSigma, noise, count, far);
    samples += count;
    const energies = await sums.add(exact, quiet, energy);
    const ratio = energies.reduce((a, b) => a + b, 0) / count / options.target;
    const fit = fitBest(problem, sums, nearby, logSigma, logCap);
    const rho = t === 1 ? 1 : Math.max(0.25, 2 / (t + 1));
    const placed = place(problem, fit.curvature, logSigma, logCap, 0.5 * rho * Math.log(clamp(ratio, 0.1, 20)));
    logSigma = logSigma.map((z, g) => clamp(placed[g]!, z - LONGEST_STEP, z + LONGEST_STEP));
    const everywhere = ratio <= 1 && logSigma.every((z) => z >= logCap);
    far = ratio > 10 || ratio < 0.1;
    const near = !far && sums.samples >= 96 && t >= FIRST_STEPS && isNear(fit, options.tolerance);
    if (everywhere || near || samples + samplesOf(t + 1, options) > options.maxSamples) {
      const uncovered = countUncovered(problem, fit.curvature);
      const distance = everywhere ? { gap: 0, gapError: 0 } : { gap: fit.gap, gapError: fit.gapError };
      return { logSigma, ...distance, samples, converged: everywhere || near, uncovered };
    }
    if (far) sums.forget();
  }
}

function samplesOf(step: number, { batch }: HybridOptions): number {
  return step <= FIRST_STEPS ? batch : 2 * batch;
}

/** Near in nats, and with a map worth looking at; a map that is flat to a tenth of the tolerance has nothing to resolve. */
function isNear(fit: Fit, tolerance: number): boolean {
  const most = mostOf(fit);
  return most < tolerance && (fit.resolved || most < tolerance / 10);
}

/** The fit to the quiet estimate, or to the curvature that a solution nearby had: whichever comes nearer by its certificate. */
function fitBest(
  problem: Problem,
  sums: CurvatureSums,
  nearby: Float64Array | undefined,
  logSigma: Float64Array,
  logCap: number,
): Fit {
  const fit = fitCurvature(problem, sums.estimate(), logSigma, logCap);
  if (nearby === undefined) return fit;
  const other = fitCurvature(problem, sums.estimateFrom(nearby), logSigma, logCap);
  // The better of two estimates is better by luck as well; and a negative distance is an error that shows.
  const wide = { ...other, gapError: CHOSEN * Math.hypot(other.gapError, Math.min(0, other.gap)) };
  return mostOf(wide) < mostOf(fit) ? wide : fit;
}

/** The distance that a solution has at most, at two standard errors. */
function mostOf({ gap, gapError }: Fit): number {
  return Math.max(0, gap) + 2 * gapError;
}

/** The corrected curvature with its risk, over the groups below the cap (over all where none is). */
function fitCurvature(
  { grid }: Problem,
  { quiet, ratio, variance, covariance, gains, moments }: CurvatureEstimate,
  logSigma: Float64Array,
  logCap: number,
): Fit {
  const below = logSigma.some((z) => z < logCap);
  const live = Uint8Array.from(quiet, (a, g) => Number(a > 0 && (!below || logSigma[g]! < logCap)));
  const count = live.reduce((a, b) => a + b, 0);
  if (count === 0) return { curvature: quiet, gap: 0, gapError: 0, resolved: true };
  const mean = sumWhere(live, ratio) / count;
  const relative = variance.map((v, g) => (live[g] === 1 ? v / mean ** 2 : 0));
  const noise = { variance: relative, covariance: sumWhere(live, covariance) / count / mean, gains, moments };
  const field = { planes: grid.planes, rows: grid.rows, columns: grid.columns, live };
  const y = ratio.map((value, g) => (live[g] === 1 ? value / mean - 1 : 0));
  const { q, risk, riskError } = smoothRatio(y, noise, field);
  const corrected = quiet.map((a, g) => a * clamp(1 + q[g]!, 0.15, 6));
  const logs = corrected.map((a, g) => (live[g] === 1 ? Math.log(a / grid.unitsOf[g]!) : 0));
  const meanLog = sumWhere(live, logs) / count;
  const spread = sumWhere(live, logs.map((z) => (z - meanLog) ** 2)) / count; // prettier-ignore
  const resolved = risk <= (1 - RESOLVED ** 2) * spread;
  return { curvature: corrected, gap: risk / 4, gapError: riskError / 4, resolved };
}

/**
 * log sigma of the shape that the curvature asks for, at the level that leaves the mean of log sigma over groups below the cap as it
 * was, less `shrink`. (Leaving the foretold energy as it was would take the curvature's noise for unevenness, and rise.)
 */
function place(
  problem: Problem,
  curvature: Float64Array,
  logSigma: Float64Array,
  logCap: number,
  shrink: number,
): Float64Array {
  const { unitsOf } = problem.grid;
  const shape = curvature.map((a, g) => -0.5 * Math.log(a / unitsOf[g]!));
  const below = logSigma.some((z, g) => z < logCap && curvature[g]! > 0);
  let difference = 0;
  let weight = 0;
  for (let g = 0; g < shape.length; g++) {
    if (!(curvature[g]! > 0) || (below && !(logSigma[g]! < logCap))) continue;
    difference += unitsOf[g]! * (logSigma[g]! - shape[g]!);
    weight += unitsOf[g]!;
  }
  const level = weight > 0 ? difference / weight - shrink : 0;
  return shape.map((s) => Math.min(logCap, s + level));
}

function countUncovered(problem: Problem, curvature: Float64Array): number {
  let units = 0;
  for (let g = 0; g < curvature.length; g++) if (!(curvature[g]! > 0)) units += problem.grid.unitsOf[g]!;
  return units;
}

function sumWhere(live: Uint8Array, values: Float64Array): number {
  let sum = 0;
  for (let g = 0; g < live.length; g++) if (live[g] === 1) sum += values[g]!;
  return sum;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
