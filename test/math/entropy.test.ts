import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concentration } from '../../src/math/concentration.ts';
import { C, entropyFloor, meanEntropy, pixelEntropy } from '../../src/math/entropy.ts';

describe('Eq. 2', () => {
  it('is the entropy of a Gaussian: -integral p log p', () => {
    for (const sigma of [0.01, 0.3, 2]) {
      let integral = 0;
      const step = sigma / 500;
      for (let x = -12 * sigma; x < 12 * sigma; x += step) {
        const p = Math.exp(-0.5 * (x / sigma) ** 2) / (sigma * Math.sqrt(2 * Math.PI));
        if (p > 0) integral -= p * Math.log(p) * step;
      }
      expect(pixelEntropy([Math.log(sigma)])[0]).toBeCloseTo(integral, 6);
    }
  });

  it('has the constants of the paper', () => {
    expect(C).toBeCloseTo(1.4189385, 7);
    expect(entropyFloor(1.5e-4)).toBeCloseTo(-2.983499, 6);
  });

  it('is averaged over units, however they are grouped', () => {
    expect(meanEntropy([1, 2, 2, 2])).toBeCloseTo(meanEntropy([1, 2], [1, 3]), 14);
  });
});

describe('Eq. 6', () => {
  const pixels = fc.array(fc.tuple(fc.double({ min: -5, max: 5, noNaN: true }), fc.boolean()), {
    minLength: 1,
    maxLength: 50,
  });

  it('is the mean outside the object minus the mean inside', () => {
    fc.assert(
      fc.property(pixels, (values) => {
        const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
        const inside = values.filter(([, object]) => object).map(([h]) => h);
        const outside = values.filter(([, object]) => !object).map(([h]) => h);
        const measured = concentration(
          values.map(([h]) => h),
          values.map(([, object]) => (object ? 255 : 0)),
        );
        if (inside.length === 0 || outside.length === 0) expect(measured).toBeUndefined();
        else expect(measured).toBeCloseTo(mean(outside) - mean(inside), 10);
      }),
    );
  });

  it('refuses a mask of another size', () => {
    expect(() => concentration([1, 2], [0])).toThrow('2 entropies against a mask of 1 pixels');
  });
});
