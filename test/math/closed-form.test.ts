import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closedFormSigma } from '../../src/math/closed-form.ts';
import { C, entropyFloor, meanEntropy, pixelEntropy } from '../../src/math/entropy.ts';

const ALPHA = 1.5e-4;

/** Squared column norms a_i. */
function columnNorms(W: readonly (readonly number[])[]): number[] {
  return W[0]!.map((_, i) => W.reduce((sum, row) => sum + row[i]! ** 2, 0));
}

function solve(a: readonly number[], units?: readonly number[], cap?: number) {
  const m = units ?? a.map(() => 1);
  const deltaF2 = a.reduce((x, y) => x + y, 0);
  const { logSigma, capped, energy } = closedFormSigma(a, m, ALPHA * deltaF2, cap);
  return {
    sigma: Array.from(logSigma, Math.exp),
    logSigma,
    capped,
    energy,
    target: ALPHA * deltaF2,
    mean: meanEntropy(logSigma, m),
  };
}

describe('closedFormSigma', () => {
  it('has the golden values of small matrices', () => {
    const two = solve(columnNorms([[1, 2], [0, 1]])); // prettier-ignore
    expect(two.sigma[0]).toBeCloseTo(0.0212132, 7);
    expect(two.sigma[1]).toBeCloseTo(0.00948683, 7);
    expect(pixelEntropy(two.logSigma)[0]).toBeCloseTo(-2.434193, 6);
    expect(pixelEntropy(two.logSigma)[1]).toBeCloseTo(-3.238912, 6);
    expect(two.mean).toBeCloseTo(-2.836552, 6);
    expect(solve(columnNorms([[1, 1, 1]])).mean).toBeCloseTo(-2.983499, 6);
    const diagonal = solve([9, 1, 0.01]);
    expect(diagonal.sigma[0]).toBeCloseTo(0.00745729, 7);
    expect(diagonal.sigma[1]).toBeCloseTo(0.02237186, 7);
    expect(diagonal.sigma[2]).toBeCloseTo(0.22371857, 7);
    expect(diagonal.mean).toBeCloseTo(-1.979689, 6);
  });

  it('shares sigma over groups', () => {
    const { sigma, mean } = solve([2, 8], [2, 2]);
    expect(sigma[0]).toBeCloseTo(0.01936492, 7);
    expect(sigma[1]).toBeCloseTo(0.00968246, 7);
    expect(mean).toBeCloseTo(-2.871927, 6);
  });

  it('redistributes energy at the cap (water-filling), and counts dead units', () => {
    const { sigma, capped } = solve([0, 1, 4], undefined, 1);
    expect(sigma[0]).toBe(1);
    expect(sigma[1]).toBeCloseTo(0.01936492, 7);
    expect(sigma[2]).toBeCloseTo(0.00968246, 7);
    expect(capped).toBe(1);
    expect(pixelEntropy([Math.log(sigma[0]!)])[0]).toBeCloseTo(C, 12);
  });

  it('is not monotone in depth: a rotation-free composition lowers it again', () => {
    expect(solve([1, 100]).mean).toBeCloseTo(-2.1738, 4);
    expect(solve([100, 100]).mean).toBeCloseTo(-2.9835, 4);
  });

  it('caps all groups if the target cannot be reached', () => {
    const { sigma, capped, energy, target } = solve([0, 0, 0], undefined, 0.5);
    expect([sigma, capped, energy, target]).toEqual([[0.5, 0.5, 0.5], 3, 0, 0]);
    const weak = closedFormSigma([1, 2], [1, 1], 10, 1);
    expect([Array.from(weak.logSigma), weak.capped, weak.energy]).toEqual([[0, 0], 2, 3]);
  });

  it('gives units that nothing depends on an infinite sigma without a cap, and no part of the energy', () => {
    const { logSigma, capped, energy } = closedFormSigma([0, 2, 0], [1, 1, 3], 6);
    expect([Array.from(logSigma), capped]).toEqual([[Infinity, 0.5 * Math.log(3), Infinity], 2]);
    expect(energy).toBeCloseTo(6, 12);
  });

  it('leaves a group whose share just fits below the cap', () => {
    const { logSigma, capped } = closedFormSigma([1, 4], [1, 1], 2, 1);
    expect([logSigma[0], capped]).toEqual([0, 0]);
    expect(closedFormSigma([1, 4], [1, 1], 2.0001, 1).capped).toBe(1);
  });

  const energies = fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 12 });

  it('meets the target, keeps the cap, and no exchange between two groups raises the entropy', () => {
    fc.assert(
      fc.property(energies, fc.double({ min: 0.005, max: 2, noNaN: true }), (a, cap) => {
        const target = ALPHA * a.reduce((x, y) => x + y, 0);
        const m = a.map((_, i) => 1 + (i % 3));
        const { logSigma, energy, capped } = closedFormSigma(a, m, target, cap);
        expect(Math.max(...logSigma)).toBeLessThanOrEqual(Math.log(cap) + 1e-12);
        if (capped < a.length) expect(energy / target).toBeCloseTo(1, 9);
        else expect(energy).toBeLessThanOrEqual(target * (1 + 1e-9));
        // KKT conditions: m_g / (A_g sigma_g^2) is the same for all free groups, and at least as large for capped ones.
        const worth = a.map((x, g) => m[g]! / (x * Math.exp(2 * logSigma[g]!)));
        const free = worth.filter((_, g) => logSigma[g]! < Math.log(cap) - 1e-12);
        if (free.length === 0) return;
        for (const w of free) expect(w / free[0]!).toBeCloseTo(1, 9);
        worth.forEach((w) => expect(w).toBeGreaterThanOrEqual(free[0]! * (1 - 1e-9)));
      }),
    );
  });

  it('never lies below the floor without a cap, and on it only for equal sensitivities', () => {
    fc.assert(
      fc.property(energies, (a) => {
        const spread = Math.max(...a) / Math.min(...a);
        expect(solve(a).mean).toBeGreaterThanOrEqual(entropyFloor(ALPHA) - 1e-9);
        if (spread > 1.1) expect(solve(a).mean).toBeGreaterThan(entropyFloor(ALPHA));
      }),
    );
  });
});
