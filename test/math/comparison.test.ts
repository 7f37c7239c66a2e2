import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanAndError } from '../../src/math/mean-and-error.ts';
import { comparePaired, signTest } from '../../src/math/paired-comparison.ts';

/** The sign test by enumeration of all outcomes of n coins. */
function naiveSignTest(positive: number, negative: number): number {
  const n = positive + negative;
  let extreme = 0n;
  for (let outcome = 0n; outcome < 1n << BigInt(n); outcome++) {
    let heads = 0;
    for (let bit = 0; bit < n; bit++) heads += Number((outcome >> BigInt(bit)) & 1n);
    if (Math.abs(heads - n / 2) >= Math.abs(positive - n / 2)) extreme += 1n;
  }
  return Number(extreme) / 2 ** n;
}

describe('meanAndError', () => {
  it('agrees with the definitions', () => {
    expect(meanAndError([1, 2, 3, 6])).toEqual({ mean: 3, error: Math.sqrt(14 / 3 / 4), count: 4 });
  });

  it('has no error for one value, and throws for none', () => {
    expect(meanAndError([5])).toEqual({ mean: 5, error: NaN, count: 1 });
    expect(() => meanAndError([])).toThrow(new RangeError('meanAndError: there are no values'));
  });
});

describe('signTest', () => {
  it('agrees with counting all outcomes', () => {
    fc.assert(
      fc.property(fc.nat(6), fc.nat(6), (positive, negative) => {
        expect(signTest(positive, negative)).toBeCloseTo(naiveSignTest(positive, negative), 12);
      }),
      { numRuns: 60 },
    );
  });

  it('is finite for many images', () => {
    expect(signTest(5000, 5000)).toBe(1);
    expect(signTest(0, 2000)).toBe(0);
    expect(signTest(1100, 900)).toBeCloseTo(8.5e-6, 6);
  });
});

describe('comparePaired', () => {
  it('gives the mean difference, its error, and the sign test without ties', () => {
    const { difference, error, pairs, positive, negative, signTest: p } = comparePaired([1, 2, 3, 4], [2, 2, 5, 7]);
    expect([difference, pairs, positive, negative]).toEqual([1.5, 4, 3, 0]);
    expect(p).toBeCloseTo(0.25, 12);
    expect(error).toBeCloseTo(Math.sqrt(5 / 3 / 4), 12);
  });

  it('turns its sign when the two are swapped', () => {
    const pair = fc.tuple(fc.double({ min: -9, max: 9, noNaN: true }), fc.double({ min: -9, max: 9, noNaN: true }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 2, maxLength: 20 }), (pairs) => {
        const a = pairs.map(([first]) => first);
        const b = pairs.map(([, second]) => second);
        const there = comparePaired(a, b);
        const back = comparePaired(b, a);
        expect(back.difference).toBeCloseTo(-there.difference, 12);
        expect(back.signTest).toBe(there.signTest);
      }),
    );
  });

  it('refuses lists of different lengths', () => {
    expect(() => comparePaired([1], [1, 2])).toThrow('1 values against 2');
  });
});
