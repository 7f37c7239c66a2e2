// Two networks on the same images: the mean difference with its standard error, and the exact sign test.
import { meanAndError } from './mean-and-error.ts';

export interface PairedComparison {
  /** Mean of b - a. */
  readonly difference: number;
  readonly error: number;
  readonly pairs: number;
  readonly positive: number;
  readonly negative: number;
  /** Two-sided exact sign test; ties are left out. 1 if nothing remains. */
  readonly signTest: number;
}

/** Compares b with a, value by value. Throws if they differ in length or are empty. */
export function comparePaired(a: ArrayLike<number>, b: ArrayLike<number>): PairedComparison {
  if (a.length !== b.length) throw new RangeError(`comparePaired: ${a.length} values against ${b.length}`);
  const differences = Array.from({ length: a.length }, (_, i) => b[i]! - a[i]!);
  const { mean, error, count } = meanAndError(differences);
  const positive = differences.filter((d) => d > 0).length;
  const negative = differences.filter((d) => d < 0).length;
  return { difference: mean, error, pairs: count, positive, negative, signTest: signTest(positive, negative) };
}

/** P(a fair coin is at least as uneven as `positive` against `negative`), two-sided, exact. */
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
