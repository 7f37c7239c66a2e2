// Estimation of a field theta from y = theta + noise of known variance by a mixture of smoothings. The weights minimise
// Stein's unbiased risk estimate (SURE), so the data determine the amount of smoothing (docs/solver.md, steps 8 and
// 10).
import type { SampleMoments } from './curvature.ts';
import { meanAndError } from './mean-and-error.ts';
import type { Field } from './smooth-field.ts';
import { WIDTHS, errorOfMean, smoothField } from './smooth-field.ts';
import { solveLinear } from './solve-linear.ts';
import { SOLVER } from './solver.ts';

export interface SmoothRatio {
  /** The estimate of theta; 0 for groups that are not live. */
  readonly q: Float64Array;
  /** Estimated mean squared error of q over live groups. */
  readonly absoluteRisk: number;
  /** Estimated mean square of the relative error (q - theta) / (1 + theta). `riskError` is its standard error. */
  readonly risk: number;
  readonly riskError: number;
}

export interface NoiseOfRatio {
  /** v: variance of the noise of y, per group. */
  readonly variance: Float64Array;
  /** k: covariance of the relative errors of R and Q, mean over groups. It is 0 if a fixed field replaces Q. */
  readonly covariance: number;
  /** Noise gain of each smoothing, relative to independent noise (docs/solver.md, step 9); 1 at width 0. */
  readonly gains: Float64Array;
  /** Moments of every sample from which v and k were measured (see curvature.ts); empty if v and k are known. */
  readonly moments: readonly SampleMoments[];
}

/**
 * Estimates theta by q = sum_j c_j S_j y (docs/solver.md, step 8). The weights c solve (S^T S + D) c = b with
 * b_j = (S_j y) . y - (v - k) g_j tr(S_j). Column j of S is S_j y, D is a small ridge, and g_j is the noise gain of
 * S_j. Here y = R/Q - 1, and theta is the true curvature divided by the measured Q, minus 1. An error shared by R and Q
 * cancels in y but not in Q, which adds 2k to the risk. The weights depend on y too, which adds their degrees of
 * freedom to the risk.
 */
export function smoothRatio(y: Float64Array, noise: NoiseOfRatio, field: Field): SmoothRatio {
  const { live } = field;
  const n = live.reduce((a, b) => a + b, 0);
  const v = dot(live, noise.variance) / n;
  const k = noise.covariance;
  const parts = WIDTHS.map((width, j) => {
    const { values, trace } = smoothField(y, field, width);
    return { values, passed: trace * noise.gains[j]! };
  }).filter(({ passed }) => (v * passed) / n <= SOLVER.loudestNoise);
  const columns = parts.map(({ values }) => values);
  const sharedNoise = Float64Array.from(parts, ({ passed }) => (v - k) * passed);
  const q = new Float64Array(y.length);
  const fit = fitWeights(columns, y, sharedNoise, (v * n) / SOLVER.noisePerRidge);
  columns.forEach((values, j) => {
    for (let g = 0; g < q.length; g++) q[g]! += fit.weights[j]! * values[g]!;
  });
  const optimism = (dot(fit.weights, sharedNoise) + (v - k) * fit.freedom) / n;
  const squares = y.map((value, g) => (value - q[g]!) ** 2 - noise.variance[g]!);
  const absoluteRisk = dot(live, squares) / n + 2 * optimism + 2 * k;
  const weight = relativeWeights(q, live, Math.max(0, absoluteRisk));
  const ofNoise = v > 0 ? dot(weight, noise.variance) / (n * v) : 0;
  const losses = squares.map((square, g) => weight[g]! * square);
  const risk = dot(live, losses) / n + 2 * ofNoise * optimism + (2 * k * dot(live, weight)) / n;
  const lossError = errorOfMean(losses, field);
  const independent = meanAndError(losses.filter((_, g) => live[g] === 1)).error;
  const alike = independent > 0 ? lossError / independent : 0;
  const riskError = Math.hypot(
    lossError,
    errorOfNoise(noise.moments, optimism / (v - k)),
    scatterOfLoss(risk, n, alike),
  );
  return { q, absoluteRisk, risk, riskError };
}

/**
 * Weights 1 / (1 + theta)^2, estimated from q. Noise in q raises the mean of 1 / (1 + q)^2 by three times its variance;
 * the bias of smoothing lowers it. Adding the risk to the denominator corrects both to first order (docs/solver.md,
 * step 10).
 */
function relativeWeights(q: Float64Array, live: Uint8Array, risk: number): Float64Array {
  const [least] = SOLVER.correctionBounds;
  return q.map((value, g) => (live[g] === 1 ? 1 / (Math.max(least, 1 + value) ** 2 + risk) : 0));
}

/**
 * Standard error of the risk due to the errors of v and k. These errors do not average out over groups, because one
 * sample is often large or small over the whole image. The risk contains (2 f - 1) v + 2 (1 - f) k, where f is the
 * share of the noise that remains after smoothing with the weights.
 */
function errorOfNoise(moments: readonly SampleMoments[], f: number): number {
  if (moments.length < 2) return 0;
  return (
    meanAndError(moments.map(({ square, product }) => (2 * f - 1) * square + 2 * (1 - f) * product)).error /
    moments.length
  );
}

/**
 * Standard deviation of the actual mean squared error of q around its expectation, the risk. For n independent normal
 * errors it is risk sqrt(2 / n). The factor `alike` corrects for correlated errors: the standard error of the mean
 * loss, divided by the standard error for independent losses.
 */
function scatterOfLoss(risk: number, n: number, alike: number): number {
  return Math.abs(risk) * Math.sqrt(2 / n) * alike;
}

/** Weights of the columns, and their degrees of freedom under the ridge. */
function fitWeights(
  columns: readonly Float64Array[],
  y: Float64Array,
  sharedNoise: Float64Array,
  noise: number,
): { readonly weights: Float64Array; readonly freedom: number } {
  const count = columns.length;
  const gram = columns.map((a) => Float64Array.from(columns, (b) => dot(a, b)));
  const trace = gram.reduce((sum, row, j) => sum + row[j]!, 0);
  const ridge = (SOLVER.ridgeOfFields * trace + noise) / count;
  if (!(ridge > 0)) return { weights: new Float64Array(count), freedom: 0 };
  const ridged = gram.map((row, j) => row.map((value, i) => (i === j ? value + ridge : value)));
  const weights = solveLinear(
    ridged,
    Float64Array.from(columns, (values, j) => dot(values, y) - sharedNoise[j]!),
  );
  const freedom = gram.reduce((sum, row, j) => sum + solveLinear(ridged, row)[j]!, 0);
  return { weights, freedom };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
