// The hybrid solver: finds the sigma that maximises the mean entropy subject to E||h(x') - f||^2 = target. Noised
// batches give two estimates of the curvature: Q, with little noise but a small bias, and R, unbiased but noisy. Q is
// corrected by the smoothed ratio R / Q. docs/solver.md derives the method step by step.
import { closedFormSigma } from './closed-form.ts';
import { openSource } from './curvature-source.ts';
import type { CurvatureSource } from './curvature-source.ts';
import { CurvatureSums } from './curvature.ts';
import { fitBest, isNear } from './fit-curvature.ts';
import type { Problem } from './noised-batch.ts';
import type { Random } from './random.ts';
import type { SigmaGrid } from './sigma-grid.ts';
import { SOLVER } from './solver.ts';

export interface HybridOptions {
  /** Target of the energy E||h(x') - f||^2: alpha delta_f^2. */
  readonly target: number;
  /** The search stops once the bound on the gap is below this value, in nats per unit. */
  readonly tolerance: number;
  /** Upper bound on sigma. */
  readonly cap: number;
  /** Upper bound on the number of noised samples. */
  readonly maxSamples: number;
  /** Number of samples in each of the first iterations. Later iterations, which move sigma less, use twice as many. */
  readonly batch: number;
  readonly random: Random;
  /**
   * log sigma per group of a nearby solution: the solution for the same image and a similar network. If undefined, the
   * search starts from the closed form (docs/solver.md, step 3).
   */
  readonly start?: Float64Array;
}

export interface HybridSolution {
  /** log sigma per group. It meets the constraint only roughly (scale.ts scales it). */
  readonly logSigma: Float64Array;
  /** Estimated distance of the mean entropy from its optimum, nats per unit. */
  readonly gap: number;
  readonly gapError: number;
  /** Number of noised samples used. */
  readonly samples: number;
  /** True if the tolerance was met before maxSamples was reached. */
  readonly converged: boolean;
  /** Number of units on which no feature depends. */
  readonly uncovered: number;
}

/** Solves for sigma, except for its final scale. Throws NonFiniteError. */
export async function solveHybrid(problem: Problem, options: HybridOptions): Promise<HybridSolution> {
  const source = openSource(problem, options.random);
  try {
    return await iterate(problem, source, await startOf(problem, source, options), options);
  } finally {
    source.dispose();
  }
}

/** Starting point of the search. */
interface Start {
  readonly logSigma: Float64Array;
  /** Curvature A_g at the starting point, per group. */
  readonly curvature: Float64Array;
  /**
   * Curvature A_g of the nearby solution; NaN for groups at the cap, where sigma does not determine A_g. Undefined if
   * no nearby solution is given.
   */
  readonly nearby?: Float64Array;
}

async function startOf(
  problem: Problem,
  source: CurvatureSource,
  { start, target, cap }: HybridOptions,
): Promise<Start> {
  const { unitsOf, units } = problem.grid;
  if (start === undefined) {
    const curvature = await source.energies();
    return { curvature, logSigma: closedFormSigma(curvature, unitsOf, target, cap).logSigma };
  }
  const logCap = Math.log(cap);
  const logSigma = start.map((z) => Math.min(z, logCap));
  // Optimality condition of step 3 of docs/solver.md, solved for A_g.
  const curvature = logSigma.map((z, g) => (target * unitsOf[g]! * Math.exp(-2 * z)) / units);
  return { logSigma, curvature, nearby: curvature.map((a, g) => (logSigma[g]! < logCap ? a : NaN)) };
}

/** Iterates (docs/solver.md, step 12) until the certificate (step 13) is good enough or the samples are used up. */
async function iterate(
  problem: Problem,
  source: CurvatureSource,
  { logSigma: first, curvature, nearby }: Start,
  options: HybridOptions,
): Promise<HybridSolution> {
  const { grid } = problem;
  const noise = options.random.split('noise');
  const logCap = Math.log(options.cap);
  const sums = new CurvatureSums(grid, curvature, SOLVER.startWeight);
  const [leastRatio, mostRatio] = SOLVER.ratioBounds;
  let logSigma = first;
  let samples = 0;
  let far = false;
  for (let t = 1; ; t++) {
    const count = samplesOf(t, options);
    const { energy, exact, quiet } = await source.draw(logSigma, noise, count, far);
    samples += count;
    const energies = await sums.add(exact, quiet, energy);
    const ratio = energies.reduce((a, b) => a + b, 0) / count / options.target;
    const fit = fitBest(grid, sums, nearby, logSigma, logCap);
    const rho = t === 1 ? 1 : Math.max(SOLVER.leastCorrection, 2 / (t + 1));
    const shrink = 0.5 * rho * Math.log(clamp(ratio, leastRatio, mostRatio));
    const placed = place(grid, fit.curvature, logSigma, logCap, shrink);
    logSigma = logSigma.map((z, g) => clamp(placed[g]!, z - SOLVER.longestStep, z + SOLVER.longestStep));
    const everywhere = ratio <= 1 && logSigma.every((z) => z >= logCap);
    far = ratio > SOLVER.farRatio || ratio < 1 / SOLVER.farRatio;
    const settled = !far && sums.samples >= SOLVER.leastSamples && t >= SOLVER.firstSteps;
    const near = settled && isNear(fit, options.tolerance);
    if (everywhere || near || samples + samplesOf(t + 1, options) > options.maxSamples) {
      const uncovered = countUncovered(grid, fit.curvature);
      const distance = everywhere ? { gap: 0, gapError: 0 } : { gap: fit.gap, gapError: fit.gapError };
      return { logSigma, ...distance, samples, converged: everywhere || near, uncovered };
    }
    if (far) sums.forget();
  }
}

function samplesOf(step: number, { batch }: HybridOptions): number {
  return step <= SOLVER.firstSteps ? batch : 2 * batch;
}

/**
 * Returns the log sigma that has the shape given by `curvature` (docs/solver.md, step 2). Its level is chosen so that
 * its mean over the groups below the cap is lower than the mean of `logSigma` by `shrink`. Sigmas above the cap are
 * then set to the cap.
 */
function place(
  { unitsOf }: SigmaGrid,
  curvature: Float64Array,
  logSigma: Float64Array,
  logCap: number,
  shrink: number,
): Float64Array {
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

function countUncovered({ unitsOf }: SigmaGrid, curvature: Float64Array): number {
  let units = 0;
  for (let g = 0; g < curvature.length; g++) if (!(curvature[g]! > 0)) units += unitsOf[g]!;
  return units;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
