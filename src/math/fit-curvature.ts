// Fits the corrected curvature and its certificate. The corrected curvature is Q (1 + q), where q is R / Q - 1 after
// smoothing. The smoothing minimises Stein's risk estimate (docs/solver.md, steps 7 to 10). The certificate is the
// distance from the optimum that follows from this risk (step 13).
import type { CurvatureEstimate, CurvatureSums } from './curvature.ts';
import type { SigmaGrid } from './sigma-grid.ts';
import { smoothRatio } from './smooth-ratio.ts';
import { SOLVER } from './solver.ts';

export interface Fit {
  /** Curvature A_g per group, up to a common factor; 0 for groups on which no feature depends. */
  readonly curvature: Float64Array;
  /**
   * Estimated distance of the mean entropy from its optimum (docs/solver.md, step 4), in nats per unit. `gapError` is
   * its standard error.
   */
  readonly gap: number;
  readonly gapError: number;
  /**
   * True if the map of log sigma is resolved (docs/solver.md, step 13): its estimated correlation with the optimal map
   * is at least SOLVER.resolvedCorrelation.
   */
  readonly resolved: boolean;
}

/**
 * Fits the curvature as a correction of Q and, if `nearby` is given, also as a correction of `nearby`, the curvature of
 * a nearby solution (NaN where unknown). Returns the fit with the smaller bound on its gap.
 */
export function fitBest(
  grid: SigmaGrid,
  sums: CurvatureSums,
  nearby: Float64Array | undefined,
  logSigma: Float64Array,
  logCap: number,
): Fit {
  const fit = fitCurvature(grid, sums.estimate(), logSigma, logCap);
  if (nearby === undefined) return fit;
  const other = fitCurvature(grid, sums.estimateFrom(nearby), logSigma, logCap);
  // The smaller of two bounds is smaller partly by chance, so the error of the fit to `nearby` is widened. A negative
  // gap can only be an error, so its absolute value is added to this error in quadrature.
  const wide = {
    ...other,
    gapError: SOLVER.selectionPenalty * Math.hypot(other.gapError, Math.min(0, other.gap)),
  };
  return gapBound(wide) < gapBound(fit) ? wide : fit;
}

/** Upper bound on the distance from the optimum, in nats per unit. */
export function gapBound({ gap, gapError }: Fit): number {
  return Math.max(0, gap) + SOLVER.boundErrors * gapError;
}

/**
 * True if the bound on the gap is below the tolerance and the map of log sigma is `resolved`. If the bound is far below
 * the tolerance, the map is flat, and `resolved` does not matter.
 */
export function isNear(fit: Fit, tolerance: number): boolean {
  const bound = gapBound(fit);
  return bound < tolerance && (fit.resolved || bound < tolerance / SOLVER.flatness);
}

/**
 * Fits the corrected curvature and its risk over the live groups: the groups below the cap, or all groups if none is
 * below the cap. Groups on which no feature depends are never live.
 */
function fitCurvature(
  grid: SigmaGrid,
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
  const [least, most] = SOLVER.correctionBounds;
  const corrected = quiet.map((a, g) => a * Math.min(most, Math.max(least, 1 + q[g]!)));
  const logs = corrected.map((a, g) => (live[g] === 1 ? Math.log(a / grid.unitsOf[g]!) : 0));
  const meanLog = sumWhere(live, logs) / count;
  const spread = sumWhere(live, logs.map((z) => (z - meanLog) ** 2)) / count; // prettier-ignore
  const resolved = risk <= (1 - SOLVER.resolvedCorrelation ** 2) * spread;
  return { curvature: corrected, gap: risk / 4, gapError: riskError / 4, resolved }; // docs/solver.md, step 4
}

function sumWhere(live: Uint8Array, values: Float64Array): number {
  let sum = 0;
  for (let g = 0; g < live.length; g++) if (live[g] === 1) sum += values[g]!;
  return sum;
}
