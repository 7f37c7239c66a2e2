// The optimum of Eq. 5 under its constraint: sigma that maximises the mean entropy while E||h(x') - f||^2 = target. Noised batches
// give a quiet, slightly wrong curvature and an exact, noisy one; the quiet one is corrected by as much of their smoothed ratio as
// Stein's risk estimate trusts, which also says how far from the optimum the result is: its certificate.
import { estimateColumnNorms, exactColumnNorms } from './column-norms.ts';
import { closedFormSigma } from './closed-form.ts';
import { ExactSums, QuietSums, exactCurvature } from './curvature.ts';
import type { Problem } from './noised-batch.ts';
import { drawNoisedBatch } from './noised-batch.ts';
import { gaussNewtonProducts } from './products.ts';
import type { Products } from './products.ts';
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

/** The curvature at x is computed exactly for at most so many features. */
const FEW = 32;

/** Of log sigma, per iteration: where noise wakes up what is dead at x, one batch says little about another sigma. */
const LONGEST_STEP = Math.log(4);

/** Solves for sigma; the constraint is met roughly, see scale.ts. Throws NonFiniteError. */
export async function solveHybrid(problem: Problem, options: HybridOptions): Promise<HybridSolution> {
  const { grid } = problem;
  const { map, image, costs } = problem;
  const { batch, random } = options;
  const start =
    map.features <= FEW
      ? await exactColumnNorms(map, image, grid, { batch, costs })
      : await estimateColumnNorms(map, image, grid, { probes: 32, batch, random: random.split('start'), costs });
  const logSigma = closedFormSigma(start.energies, grid.unitsOf, options.target, options.cap).logSigma;
  const tools: Tools = {
    products: gaussNewtonProducts(random.split('probe')),
    exact: new ExactSums(grid.groups),
    quiet: new QuietSums(grid, start.energies, 4),
  };
  return await iterate(problem, tools, logSigma, options);
}

/** What is pulled back, and the sums it goes into. */
interface Tools {
  readonly products: Products;
  readonly exact: ExactSums;
  readonly quiet: QuietSums;
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
  for (let t = 1; ; t++) {
    const { products } = tools;
    const batch = await drawNoisedBatch(problem, logSigma, { samples: options.batch, random: noise, products });
    samples += batch.samples;
    const ratio = batch.energy.reduce((a, b) => a + b, 0) / batch.samples / options.target;
    const exact = exactCurvature(problem.grid, batch, logSigma);
    tools.exact.add(exact);
    tools.quiet.add(batch, exact);
    const fit = fitCurvature(problem, tools, logSigma, logCap);
    const rho = t === 1 ? 1 : Math.max(0.25, 2 / (t + 1));
    const placed = place(problem, fit.curvature, logSigma, logCap, 0.5 * rho * Math.log(clamp(ratio, 0.1, 20)));
    logSigma = logSigma.map((z, g) => clamp(placed[g]!, z - LONGEST_STEP, z + LONGEST_STEP));
    const everywhere = ratio <= 1 && logSigma.every((z) => z >= logCap);
    const far = ratio > 10 || ratio < 0.1;
    const converged =
      !far && tools.exact.samples >= 96 && t >= 4 && Math.max(0, fit.gap) + 2 * fit.gapError < options.tolerance;
    if (everywhere || converged || samples + options.batch > options.maxSamples) {
      const uncovered = countUncovered(problem, fit.curvature);
      return { logSigma, gap: fit.gap, gapError: fit.gapError, samples, converged: everywhere || converged, uncovered };
    }
    if (far) for (const sums of [tools.exact, tools.quiet]) sums.forget();
  }
}

/** The corrected curvature with its risk, over the groups below the cap (over all where none is). */
function fitCurvature(problem: Problem, tools: Tools, logSigma: Float64Array, logCap: number): Fit {
  const { grid } = problem;
  const { quiet, ratio, variance, covariance } = tools.quiet.estimate(tools.exact);
  const below = logSigma.some((z) => z < logCap);
  const live = Uint8Array.from(quiet, (a, g) => Number(a > 0 && (!below || logSigma[g]! < logCap)));
  const count = live.reduce((a, b) => a + b, 0);
  if (count === 0) return { curvature: quiet, gap: 0, gapError: 0 };
  const mean = sumWhere(live, ratio) / count;
  const relative = variance.map((v, g) => (live[g] === 1 ? v / mean ** 2 : 0));
  const noise = { variance: relative, covariance: sumWhere(live, covariance) / count / mean };
  const field = { planes: grid.planes, rows: grid.rows, columns: grid.columns, live };
  const y = ratio.map((value, g) => (live[g] === 1 ? value / mean - 1 : 0));
  const { q, risk, riskError } = smoothRatio(y, noise, field);
  const corrected = quiet.map((a, g) => a * clamp(1 + q[g]!, 0.15, 6));
  return { curvature: corrected, gap: risk / 4, gapError: riskError / 4 };
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
