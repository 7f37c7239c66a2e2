// Entropy of a pixel whose noise has the standard deviation sigma_i, Eq. 2 (docs/solver.md, step 1).

/** C = 1/2 log(2 pi e), in nats. */
export const C: number = 0.5 * Math.log(2 * Math.PI * Math.E);

/** Pixel-level SID of each unit or group: H_i = log sigma_i + C, in nats. */
export function pixelEntropy(logSigma: ArrayLike<number>): Float64Array {
  return Float64Array.from(logSigma, (z) => z + C);
}

/**
 * Mean of the entropy H_i over units, in nats per unit. `units[g]` is the number of units that share `logSigma[g]`;
 * default: 1 each.
 */
export function meanEntropy(logSigma: ArrayLike<number>, units?: ArrayLike<number>): number {
  let sum = 0;
  let count = 0;
  for (let g = 0; g < logSigma.length; g++) {
    const weight = units === undefined ? 1 : units[g]!;
    sum += weight * logSigma[g]!;
    count += weight;
  }
  return sum / count + C;
}

/**
 * Lower bound of the mean entropy for a given alpha: C + 1/2 log alpha. It is reached if h is linear and the columns of
 * its Jacobian have equal norms.
 */
export function entropyFloor(alpha: number): number {
  return C + 0.5 * Math.log(alpha);
}
