// Digamma and trigamma functions, and with them the bias and scatter of the logarithm of a mean of K squared Gaussians.

/** Function psi(x) for x > 0, with an absolute error below 1e-12. */
export function digamma(x: number): number {
  let shift = 0;
  while (x < 12) {
    shift -= 1 / x;
    x += 1;
  }
  const s = 1 / (x * x);
  return shift + Math.log(x) - 0.5 / x - s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s / 132))));
}

/** Function psi'(x) for x > 0, with an absolute error below 1e-12. */
export function trigamma(x: number): number {
  let shift = 0;
  while (x < 12) {
    shift += 1 / (x * x);
    x += 1;
  }
  const s = 1 / (x * x);
  return shift + 1 / x + s / 2 + (s / x) * (1 / 6 - s * (1 / 30 - s * (1 / 42 - s * (1 / 30 - (5 * s) / 66))));
}

/** Mean of log(chi2_K / K), which is negative: the bias of the log of a mean of K squared Gaussians. */
export function logMeanSquareBias(K: number): number {
  return digamma(K / 2) - Math.log(K / 2);
}

/** Variance of log(chi2_K / K). */
export function logMeanSquareVariance(K: number): number {
  return trigamma(K / 2);
}

/**
 * Unbiased log of the mean of K squares, with its standard error. For a sum over several units, the true bias and
 * scatter are smaller.
 */
export function logColumnNorm(norm: number, K: number): { readonly value: number; readonly error: number } {
  return { value: Math.log(norm) - logMeanSquareBias(K), error: Math.sqrt(logMeanSquareVariance(K)) };
}
