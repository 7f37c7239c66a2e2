// The SID problem of one ReLU layer, solved in float64 without sampling. Features are relu(p_k), p_k ~ N(mu_k, s_k^2)
// with s_k^2 = sum_i sigma_i^2 w_ki^2, so E||h(x') - f||^2 is a sum of one-dimensional Gaussian integrals with closed
// forms.
import type { ReluLayer } from './maps.ts';

const phi = (t: number): number => Math.exp(-0.5 * t * t) / Math.sqrt(2 * Math.PI);

/** Standard normal distribution function, by continued fraction or series, with an absolute error below 1e-14. */
export function Phi(t: number): number {
  if (t < 0) return 1 - Phi(-t);
  if (t > 9) return 1;
  if (t > 4) {
    let fraction = t;
    for (let k = 60; k >= 1; k--) fraction = t + k / fraction;
    return 1 - phi(t) / fraction;
  }
  let term = t;
  let sum = t;
  for (let k = 1; k < 200; k++) {
    term *= (t * t) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + phi(t) * sum;
}

export interface ReluTruth {
  readonly logSigma: Float64Array;
  readonly meanLogSigma: number;
  readonly deltaF2: number;
}

/** Energy E||h(x + sigma o delta) - f||^2 and its derivatives with respect to sigma_i^2. */
export function reluEnergy(layer: ReluLayer, image: ArrayLike<number>, variance: ArrayLike<number>) {
  const A = new Float64Array(variance.length);
  let energy = 0;
  layer.W.forEach((row, k) => {
    let mu = layer.b[k]!;
    let s2 = 0;
    row.forEach((w, i) => {
      mu += w * image[i]!;
      s2 += w * w * variance[i]!;
    });
    if (s2 === 0) return;
    const s = Math.sqrt(s2);
    const t = mu / s;
    const f = Math.max(0, mu);
    const second = (mu * mu + s2) * Phi(t) + mu * s * phi(t);
    const first = mu * Phi(t) + s * phi(t);
    energy += second - 2 * f * first + f * f;
    const slope = Phi(t) - (f * phi(t)) / s;
    row.forEach((w, i) => (A[i]! += w * w * slope));
  });
  return { energy, A };
}

/** Optimum at target = alpha delta_f^2, by damped fixed-point iteration until convergence. */
export function reluOptimum(layer: ReluLayer, image: ArrayLike<number>, alpha: number): ReluTruth {
  const n = layer.W[0]!.length;
  let deltaF2 = 0;
  layer.W.forEach((row, k) => {
    const mu = row.reduce((sum, w, i) => sum + w * image[i]!, layer.b[k]!);
    if (mu > 0) deltaF2 += row.reduce((sum, w) => sum + w * w, 0);
  });
  const target = alpha * deltaF2;
  let z = new Float64Array(n).fill(0.5 * Math.log(target / deltaF2));
  for (let step = 0; step < 3000; step++) {
    const { energy, A } = reluEnergy(
      layer,
      image,
      z.map((v) => Math.exp(2 * v)),
    );
    const wanted = A.map((a) => -0.5 * Math.log(a));
    const level = (z.reduce((a, b) => a + b, 0) - wanted.reduce((a, b) => a + b, 0)) / n;
    const shrink = 0.5 * Math.log(energy / target);
    let moved = 0;
    z = z.map((v, i) => {
      const next = 0.5 * (v + wanted[i]! + level) - 0.5 * shrink;
      moved = Math.max(moved, Math.abs(next - v));
      return next;
    });
    if (moved < 1e-12) break;
    if (step === 2999) throw new Error('the reference did not converge');
  }
  return { logSigma: z, meanLogSigma: z.reduce((a, b) => a + b, 0) / n, deltaF2 };
}
