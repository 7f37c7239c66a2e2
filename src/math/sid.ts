// Strict information discarding (Eq. 2-5) of one image at one tap: sigma by one of three methods, scaled to the
// constraint, with errors and checks. docs/solver.md derives the methods.
import { minimiseByAdam } from './adam.ts';
import { measureStationarity } from './certificate.ts';
import { estimateColumnNorms } from './column-norms.ts';
import { closedFormSigma } from './closed-form.ts';
import { measureConstraint } from './constraint.ts';
import type { ConstraintRatio } from './constraint.ts';
import type { DeltaF2 } from './delta-f2.ts';
import { meanEntropy } from './entropy.ts';
import type { FeatureMap } from './feature-map.ts';
import { solveHybrid } from './hybrid.ts';
import type { Problem } from './noised-batch.ts';
import { openProblem } from './noised-batch.ts';
import type { Passes } from './passes.ts';
import { Random } from './random.ts';
import { scaleToConstraint } from './scale.ts';
import type { SigmaGrid } from './sigma-grid.ts';
import { SOLVER } from './solver.ts';

export type SidMethod = 'hybrid' | 'adam' | 'closed-form';

export interface SidOptions {
  readonly method: SidMethod;
  readonly alpha: number;
  readonly deltaF2: Pick<DeltaF2, 'value' | 'error'>;
  readonly grid: SigmaGrid;
  /** The hybrid solver stops once its bound on the distance from the optimum is below this value, in nats per unit. */
  readonly tolerance: number;
  /** Upper bound on sigma. */
  readonly cap: number;
  /** Upper bound on the number of noised samples. */
  readonly maxSamples: number;
  /** Number of noised samples in each of the first iterations. */
  readonly batch: number;
  /** Evaluates the noised images. By default, the batches of each image are evaluated separately. */
  readonly passes?: Passes;
  readonly seed: string;
  /**
   * log sigma per group of a nearby solution, at which the hybrid solver starts. Default: start from a linearisation.
   */
  readonly start?: Float64Array;
}

/** Strict information discarding of a layer at one image. Values that the method does not provide are NaN. */
export interface Sid {
  /** log sigma per group. */
  readonly logSigma: Float64Array;
  /** Mean entropy, in nats per unit. `sidError` is its standard error (docs/solver.md, step 16). */
  readonly sid: number;
  readonly sidError: number;
  /** Estimated distance of the mean entropy from its optimum, in nats per unit. `gapError` is its standard error. */
  readonly gap: number;
  readonly gapError: number;
  readonly constraint: ConstraintRatio;
  /** chi^2 per block of the image, about 1 at the optimum (certificate.ts). */
  readonly stationarity: number;
  /** Number of units whose sigma is at the cap. `uncovered` counts those on which no feature depends. */
  readonly capped: number;
  readonly uncovered: number;
  /** True if the tolerance was met before `maxSamples` was reached; null for a method without a certificate. */
  readonly converged: boolean | null;
  readonly evaluations: number;
  readonly forwards: number;
}

/**
 * Measures the strict information discarding of a layer at an image of [height, width, channels]. Throws
 * NonFiniteError.
 */
export async function measureSid(map: FeatureMap, image: Float32Array, options: SidOptions): Promise<Sid> {
  const problem = await openProblem(map, image, options.grid, options.passes);
  try {
    const random = new Random(options.seed);
    const target = options.alpha * options.deltaF2.value;
    const { cap, grid } = options;
    const solved = await solve(problem, { ...options, target, random });
    const stationarity =
      options.method === 'closed-form'
        ? NaN
        : (
            await measureStationarity(problem, solved.logSigma, {
              samples: SOLVER.stationaritySamples,
              blocks: SOLVER.stationarityBlocks,
              cap,
              random: random.split('blocks'),
            })
          ).chi2;
    const deltaError = options.deltaF2.error / options.deltaF2.value / 2;
    const logCap = Math.log(cap);
    return {
      ...solved,
      sid: meanEntropy(solved.logSigma, grid.unitsOf),
      sidError: Math.hypot(solved.scaleError, deltaError),
      stationarity,
      capped: solved.logSigma.reduce((units, z, g) => units + (z < logCap ? 0 : grid.unitsOf[g]!), 0),
      evaluations: problem.costs.evaluations,
      forwards: problem.costs.forwards,
    };
  } finally {
    problem.close();
  }
}

interface Solved {
  readonly logSigma: Float64Array;
  readonly gap: number;
  readonly gapError: number;
  readonly constraint: ConstraintRatio;
  readonly scaleError: number;
  readonly uncovered: number;
  readonly converged: boolean | null;
}

type SolveOptions = SidOptions & { readonly target: number; readonly random: Random };

async function solve(problem: Problem, options: SolveOptions): Promise<Solved> {
  if (options.method === 'closed-form') return await solveClosedForm(problem, options);
  if (options.method === 'hybrid') {
    const solution = await solveHybrid(problem, options);
    return { ...solution, ...(await scaleToConstraint(problem, solution.logSigma, options)) };
  }
  const steps = Math.max(1, Math.floor(options.maxSamples / options.batch));
  const logSigma = await minimiseByAdam(problem, { ...options, steps, rate: SOLVER.adamRate });
  const scaled = await scaleToConstraint(problem, logSigma, options);
  return { ...scaled, gap: NaN, gapError: NaN, uncovered: 0, converged: null };
}

/**
 * Closed form (docs/solver.md, step 3) without scaling. Its measured constraint ratio shows how far h is from linear.
 */
async function solveClosedForm(problem: Problem, options: SolveOptions): Promise<Solved> {
  const energies = await estimateColumnNorms(problem.map, problem.image, problem.grid, {
    probes: SOLVER.closedFormProbes,
    batch: problem.passes.rows,
    random: options.random.split('start'),
    costs: problem.costs,
  });
  const { logSigma } = closedFormSigma(energies, problem.grid.unitsOf, options.target, options.cap);
  const constraint = await measureConstraint(problem, logSigma, options.target, {
    samples: SOLVER.closedFormSamples,
    random: options.random.split('constraint'),
  });
  const uncovered = energies.reduce((units, a, g) => units + (a > 0 ? 0 : problem.grid.unitsOf[g]!), 0);
  return { logSigma, constraint, scaleError: 0, gap: NaN, gapError: NaN, uncovered, converged: null };
}
