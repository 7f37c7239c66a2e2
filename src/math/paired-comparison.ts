// Comparison of two networks on the same images: the mean difference with its standard error, and the exact sign test.
import { meanAndError } from './mean-and-error.ts';

export interface PairedComparison {
  /** Mean of b - a. */
  readonly difference: number;
  /** Standard error of the difference; NaN for a single pair. */
  readonly error: number;
  readonly pairs: number;
  /** Number of pairs with b > a. */
  readonly positive: number;
  /** Number of pairs with b < a. */
  readonly negative: number;
  /** P value of the two-sided exact sign test, in which ties are left out; 1 if all pairs are ties. */
  readonly signTest: number;
}

/** Compares b with a, pair by pair. Throws RangeError if the lengths differ or are 0. */
export function comparePaired(a: ArrayLike<number>, b: ArrayLike<number>): PairedComparison {
  if (a.length !== b.length) throw new RangeError(`comparePaired: ${a.length} values against ${b.length}`);
  const differences = Array.from({ length: a.length }, (_, i) => b[i]! - a[i]!);
  const { mean, error, count } = meanAndError(differences);
  const positive = differences.filter((d) => d > 0).length;
  const negative = differences.filter((d) => d < 0).length;
  return { difference: mean, error, pairs: count, positive, negative, signTest: signTest(positive, negative) };
}

/**
 * Exact two-sided p value: the probability that fair coin tosses are at least as uneven as `positive` against
 * `negative`.
 */
export function signTest(positive: number, negative: number): number {
  const n = positive + negative;
  const least = Math.min(positive, negative);
  let logChoose = 0;
  let tail = 0;
  for (let k = 0; k <= least; k++) {
    if (k > 0) logChoose += Math.log((n - k + 1) / k);
    tail += Math.exp(logChoose - n * Math.LN2);
  }
  return Math.min(1, 2 * tail);
}
