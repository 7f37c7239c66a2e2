// Eq. 2: the entropy of a pixel whose noise has standard deviation sigma_i.

/** C = 1/2 log(2 pi e), in nats. */
export const C: number = 0.5 * Math.log(2 * Math.PI * Math.E);

/** H_i = log sigma_i + C: the pixel-level SID of each unit or group, in nats. */
export function pixelEntropy(logSigma: ArrayLike<number>): Float64Array {
  return Float64Array.from(logSigma, (z) => z + C);
}

/** The mean of H_i over units (nats per unit); `units[g]` is how many units share value g, 1 each if absent. */
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

/** The least mean entropy there is at alpha, reached where all units are equally important: C + 1/2 log alpha. */
export function entropyFloor(alpha: number): number {
  return C + 0.5 * Math.log(alpha);
}
