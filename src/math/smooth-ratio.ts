// A noisy field y = theta + noise of known variance v, estimated by a mixture of smoothings whose weights minimise Stein's
// unbiased risk estimate (SURE): as much smoothing as the field bears, decided by the data.
import type { SampleMoments } from './curvature.ts';
import { meanAndError } from './mean-and-error.ts';
import type { Field } from './smooth-field.ts';
import { WIDTHS, errorOfMean, smoothField } from './smooth-field.ts';
import { solveLinear } from './solve-linear.ts';

export interface SmoothRatio {
  /** The estimate of theta; 0 where a group is left out. */
  readonly q: Float64Array;
  /** Estimated mean squared error of q over live groups. */
  readonly absoluteRisk: number;
  /** That of (q - theta) / (1 + theta), of what q is to correct by 1 + q; and the standard error of its difference from what it is. */
  readonly risk: number;
  readonly riskError: number;
}

/** A ratio is taken for this at least, where what it corrects is divided by it. */
const LEAST = 0.15;

/** A smoothing is left out while it passes on more noise variance than this: SURE chooses badly among what it cannot see. */
const LOUDEST = 0.1;

export interface NoiseOfRatio {
  /** Variance of y's noise, per group. */
  readonly variance: Float64Array;
  /** Covariance of the errors of R and A (see smoothRatio), mean over groups. 0 where theta is a fixed field. */
  readonly covariance: number;
  /** What every smoothing passes on of the noise, beside what it would if groups erred independently: 1 at width 0. */
  readonly gains: Float64Array;
  /** Of every sample that variance and covariance were measured with, see curvature.ts; none where they are known. */
  readonly moments: readonly SampleMoments[];
}

/**
 * q = sum_k c_k S_k y with (S^T S + D) c = S^T y - (v - k) g_k tr(S_k), where g_k (`gains`) is 1 for noise that differs from group to
 * group and more where neighbours err alike; D is a small ridge, which keeps the weights from following the noise.
 * Here y = R/A - 1 for estimates R, A with relative errors e_R, e_A and covariance k; q is to correct A, so theta is the truth over A,
 * and the part e_A that R shares with A is no noise of y but an error that y does not show: it adds 2k to the risk.
 * That the weights follow y as well costs as much freedom as there are weights.
 */
export function smoothRatio(y: Float64Array, noise: NoiseOfRatio, field: Field): SmoothRatio {
  const { live } = field;
  const n = live.reduce((a, b) => a + b, 0);
  const v = dot(live, noise.variance) / n;
  const k = noise.covariance;
  const parts = WIDTHS.map((width, j) => {
    const { values, trace } = smoothField(y, field, width);
    return { values, passed: trace * noise.gains[j]! };
  }).filter(({ passed }) => (v * passed) / n <= LOUDEST);
  const columns = parts.map(({ values }) => values);
  const sharedNoise = Float64Array.from(parts, ({ passed }) => (v - k) * passed);
  const q = new Float64Array(y.length);
  const fit = fitWeights(columns, y, sharedNoise, (v * n) / 50);
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
 * 1 / (1 + theta)^2 from q. What is noise in q makes 1 / (1 + q)^2 too large, by three times its variance; what q has smoothed away of
 * theta makes it too small: of the risk, which holds both, the difference is taken to be one time. Right to first order, see the tests.
 */
function relativeWeights(q: Float64Array, live: Uint8Array, risk: number): Float64Array {
  return q.map((value, g) => (live[g] === 1 ? 1 / (Math.max(LEAST, 1 + value) ** 2 + risk) : 0));
}

/**
 * What the risk may be off by because v and k are measured as well: one sample is strong or weak all over the image, so their errors
 * do not average out over groups. risk = ... + (2 f - 1) v + 2 (1 - f) k with f the part of the noise that the weights pass on.
 */
function errorOfNoise(moments: readonly SampleMoments[], f: number): number {
  if (moments.length < 2) return 0;
  return (
    meanAndError(moments.map(({ square, product }) => (2 * f - 1) * square + 2 * (1 - f) * product)).error /
    moments.length
  );
}

/**
 * The risk is what the mean squared error of q is on average; what it is this time scatters about that as a mean of n squares of normal
 * errors does; `alike`: how much more the mean of the losses errs than that of independent ones would.
 */
function scatterOfLoss(risk: number, n: number, alike: number): number {
  return Math.abs(risk) * Math.sqrt(2 / n) * alike;
}

/** The weights of the columns, and how many free ones they amount to after the ridge. */
function fitWeights(
  columns: readonly Float64Array[],
  y: Float64Array,
  sharedNoise: Float64Array,
  noise: number,
): { readonly weights: Float64Array; readonly freedom: number } {
  const count = columns.length;
  const gram = columns.map((a) => Float64Array.from(columns, (b) => dot(a, b)));
  const trace = gram.reduce((sum, row, j) => sum + row[j]!, 0);
  const ridge = (1e-4 * trace + noise) / count;
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
