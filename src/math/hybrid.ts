// The optimum of Eq. 5 under its constraint: sigma that maximises the mean entropy while E||h(x') - f||^2 = target. Noised batches
// give a quiet, slightly wrong curvature and an exact, noisy one; the quiet one is corrected by as much of their smoothed ratio as
// Stein's risk estimate trusts, which also says how far from the optimum the result is: its certificate.
import { addSquares, estimateColumnNorms } from './column-norms.ts';
import { closedFormSigma } from './closed-form.ts';
import { ExactSums, QuietSums, exactCurvature } from './curvature.ts';
import { JacobianControl } from './jacobian-control.ts';
import { visitJacobian } from './linearization.ts';
import type { NoisedBatch, Problem } from './noised-batch.ts';
import { drawNoisedBatch } from './noised-batch.ts';
import { coordinateProducts, signProducts } from './products.ts';
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
  /** Whether the map of log sigma stands out from its noise: its correlation with the optimum is RESOLVED or more. */
  readonly resolved: boolean;
}

/** The Jacobian at x is taken whole for at most so many features, and serves as a control variate. */
const FEW = 32;

const RESOLVED = 0.96;

/** Of log sigma, per iteration: where noise wakes up what is dead at x, one batch says little about another sigma. */
const LONGEST_STEP = Math.log(4);

/** Solves for sigma; the constraint is met roughly, see scale.ts. Throws NonFiniteError. */
export async function solveHybrid(problem: Problem, options: HybridOptions): Promise<HybridSolution> {
  const { grid } = problem;
  const { map, image, costs } = problem;
  const { batch, random } = options;
  const few = map.features <= FEW ? await wholeJacobian(problem, batch) : undefined;
  const energies =
    few?.energies ??
    (await estimateColumnNorms(map, image, grid, { probes: 32, batch, random: random.split('start'), costs })).energies;
  const { logSigma } = closedFormSigma(energies, grid.unitsOf, options.target, options.cap);
  const sums = { exact: new ExactSums(grid.groups), quiet: new QuietSums(grid, energies, 4) };
  return await iterate(problem, { ...sums, draw: few?.draw ?? drawBySigns(problem, options) }, logSigma, options);
}

/** A batch at a sigma, with the exact estimate of the curvature from each of its samples. */
interface Drawn {
  readonly batch: NoisedBatch;
  readonly exact: Float64Array;
}

interface Tools {
  /** `fresh`: what earlier batches say is to be forgotten first. */
  readonly draw: (logSigma: Float64Array, random: Random, samples: number, fresh: boolean) => Promise<Drawn>;
  readonly exact: ExactSums;
  readonly quiet: QuietSums;
}

function drawBySigns(problem: Problem, options: HybridOptions): Tools['draw'] {
  const products = signProducts(options.random.split('probe'));
  return async (logSigma, random, samples) => {
    const batch = await drawNoisedBatch(problem, logSigma, { samples, random, products });
    return { batch, exact: exactCurvature(problem.grid, batch, logSigma) };
  };
}

/** J at x row by row: A_g exactly, and draws under its control. */
async function wholeJacobian(
  problem: Problem,
  batchSize: number,
): Promise<{ readonly energies: Float64Array; readonly draw: Tools['draw'] }> {
  const { map, image, grid, costs } = problem;
  const energies = new Float64Array(grid.groups);
  const jacobian = new Float64Array(map.features * grid.units);
  await visitJacobian(map, image, { batch: batchSize, costs }, (values, offset, feature) => {
    addSquares(grid, values, offset, energies);
    jacobian.set(values.subarray(offset, offset + grid.units), feature * grid.units);
  });
  const control = new JacobianControl(grid, jacobian);
  const products = coordinateProducts(map.features);
  return {
    energies,
    async draw(logSigma, random, samples, fresh) {
      if (fresh) control.forget();
      const batch = await drawNoisedBatch(problem, logSigma, { samples, random, products });
      const exact = exactCurvature(grid, batch, logSigma);
      control.apply(batch, logSigma, products.coordinates(), exact);
      return { batch, exact };
    },
  };
}

async function iterate(
  problem: Problem,
  tools: Tools,
  start: Float64Array,
  options: HybridOptions,
): Promise<HybridSolution> {
  const noise = options.random.split('noise');
  const logCap = Math.log(options.cap);
  let logSigma = start;
  let samples = 0;
  let far = false;
  for (let t = 1; ; t++) {
    const { batch, exact } = await tools.draw(logSigma, noise, options.batch, far);
    samples += batch.samples;
    const ratio = batch.energy.reduce((a, b) => a + b, 0) / batch.samples / options.target;
    tools.exact.add(exact);
    tools.quiet.add(batch, exact);
    const fit = fitCurvature(problem, tools, logSigma, logCap);
    const rho = t === 1 ? 1 : Math.max(0.25, 2 / (t + 1));
    const placed = place(problem, fit.curvature, logSigma, logCap, 0.5 * rho * Math.log(clamp(ratio, 0.1, 20)));
    logSigma = logSigma.map((z, g) => clamp(placed[g]!, z - LONGEST_STEP, z + LONGEST_STEP));
    const everywhere = ratio <= 1 && logSigma.every((z) => z >= logCap);
    far = ratio > 10 || ratio < 0.1;
    const near = !far && tools.exact.samples >= 96 && t >= 4 && isNear(fit, options.tolerance);
    if (everywhere || near || samples + options.batch > options.maxSamples) {
      const uncovered = countUncovered(problem, fit.curvature);
      const distance = everywhere ? { gap: 0, gapError: 0 } : { gap: fit.gap, gapError: fit.gapError };
      return { logSigma, ...distance, samples, converged: everywhere || near, uncovered };
    }
    if (far) for (const sums of [tools.exact, tools.quiet]) sums.forget();
  }
}

/** Near in nats, and with a map worth looking at; a map that is flat to a tenth of the tolerance has nothing to resolve. */
function isNear({ gap, gapError, resolved }: Fit, tolerance: number): boolean {
  const most = Math.max(0, gap) + 2 * gapError;
  return most < tolerance && (resolved || most < tolerance / 10);
}

/** The corrected curvature with its risk, over the groups below the cap (over all where none is). */
function fitCurvature(problem: Problem, tools: Tools, logSigma: Float64Array, logCap: number): Fit {
  const { grid } = problem;
  const { quiet, ratio, variance, covariance, moments } = tools.quiet.estimate(tools.exact);
  const below = logSigma.some((z) => z < logCap);
  const live = Uint8Array.from(quiet, (a, g) => Number(a > 0 && (!below || logSigma[g]! < logCap)));
  const count = live.reduce((a, b) => a + b, 0);
  if (count === 0) return { curvature: quiet, gap: 0, gapError: 0, resolved: true };
  const mean = sumWhere(live, ratio) / count;
  const relative = variance.map((v, g) => (live[g] === 1 ? v / mean ** 2 : 0));
  const noise = { variance: relative, covariance: sumWhere(live, covariance) / count / mean, moments };
  const field = { planes: grid.planes, rows: grid.rows, columns: grid.columns, live };
  const y = ratio.map((value, g) => (live[g] === 1 ? value / mean - 1 : 0));
  const { q, risk, riskError } = smoothRatio(y, noise, field);
  const corrected = quiet.map((a, g) => a * clamp(1 + q[g]!, 0.15, 6));
  const logs = corrected.map((a, g) => (live[g] === 1 ? Math.log(a / problem.grid.unitsOf[g]!) : 0));
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
