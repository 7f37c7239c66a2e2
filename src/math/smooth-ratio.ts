// A noisy field y = theta + noise of known variance v, estimated by a mixture of smoothings whose weights minimise Stein's
// unbiased risk estimate (SURE): as much smoothing as the field bears, decided by the data.
import type { Field } from './smooth-field.ts';
import { smoothField } from './smooth-field.ts';
import { solveLinear } from './solve-linear.ts';

export interface SmoothRatio {
  /** The estimate of theta; 0 where a group is left out. */
  readonly q: Float64Array;
  /** Estimated mean squared error of q over live groups. */
  readonly risk: number;
  /** Effective number of values fitted, as a part of the live groups: sum_k c_k tr(S_k) / n. */
  readonly freedom: number;
}

const WIDTHS = [0, 0.6, 1, 1.6, 2.5, 4];

export interface NoiseOfRatio {
  /** Variance of y's noise e. */
  readonly variance: number;
  /** Cov(e, -theta's own error): see smoothRatio. 0 where theta is a fixed field. */
  readonly covariance: number;
}

/**
 * q = sum_k c_k S_k y with (S^T S + D) c = S^T y - (v - k) tr(S_k), D a small ridge: what keeps the weights from following the noise.
 * Here y = R/A - 1 for estimates R, A with relative errors e_R, e_A and covariance k; q is to correct A, so theta is the truth over A,
 * and the part e_A that R shares with A is no noise of y but an error that y does not show: it adds 2k to the risk.
 * `predictors` are further fields, free of y's noise, that theta may follow linearly.
 */
export function smoothRatio(
  y: Float64Array,
  noise: NoiseOfRatio,
  field: Field,
  predictors: readonly Float64Array[] = [],
): SmoothRatio {
  const { variance: v, covariance: k } = noise;
  const smoothed = WIDTHS.map((width) => smoothField(y, field, width));
  for (const values of predictors) smoothed.push({ values: values.map((p, g) => p * field.live[g]!), trace: 0 });
  const n = field.live.reduce((a, b) => a + b, 0);
  const columns = smoothed.map(({ values }) => values);
  const gram = columns.map((a) => Float64Array.from(columns, (b) => dot(a, b)));
  const trace = gram.reduce((sum, row, j) => sum + row[j]!, 0);
  const ridge = (1e-4 * trace) / columns.length + (0.02 * v * n) / columns.length;
  for (let j = 0; j < columns.length; j++) gram[j]![j]! += ridge;
  const right = Float64Array.from(smoothed, (s) => dot(s.values, y) - (v - k) * s.trace);
  const q = new Float64Array(y.length);
  if (!(ridge > 0)) return { q, risk: 0, freedom: 0 };
  const c = solveLinear(gram, right);
  let freedom = 0;
  columns.forEach((values, j) => {
    for (let g = 0; g < q.length; g++) q[g]! += c[j]! * values[g]!;
    freedom += (c[j]! * smoothed[j]!.trace) / n;
  });
  let residual = 0;
  for (let g = 0; g < q.length; g++) residual += field.live[g]! * (y[g]! - q[g]!) ** 2;
  return { q, risk: residual / n + 2 * (v - k) * freedom - v + 2 * k, freedom };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
