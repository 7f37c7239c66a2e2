import { describe, expect, it } from 'vitest';
import { digamma, logMeanSquareBias, logMeanSquareVariance, trigamma } from './digamma.ts';
import { meanAndError } from '../../src/math/mean-and-error.ts';
import { Random } from '../../src/math/random.ts';

const EULER = 0.5772156649015329;

describe('digamma and trigamma', () => {
  it('have their known values', () => {
    expect(digamma(1)).toBeCloseTo(-EULER, 12);
    expect(digamma(0.5)).toBeCloseTo(-EULER - 2 * Math.LN2, 12);
    expect(digamma(10)).toBeCloseTo(2.251752589066721, 12);
    expect(trigamma(1)).toBeCloseTo(Math.PI ** 2 / 6, 12);
    expect(trigamma(0.5)).toBeCloseTo(Math.PI ** 2 / 2, 12);
  });

  it('obey their recurrences', () => {
    for (const x of [0.1, 0.7, 3.3, 11.9, 40]) {
      expect(digamma(x + 1) - digamma(x)).toBeCloseTo(1 / x, 11);
      expect(trigamma(x) - trigamma(x + 1)).toBeCloseTo(1 / x ** 2, 10);
    }
  });
});

describe('the log of a mean of K squares', () => {
  it('is biased by the tabulated amounts', () => {
    const table = [
      [1, -1.2704],
      [2, -0.5772],
      [4, -0.2704],
      [8, -0.1302],
      [16, -0.0638],
      [64, -0.0157],
    ] as const;
    for (const [K, bias] of table) expect(logMeanSquareBias(K)).toBeCloseTo(bias, 4);
    expect(logMeanSquareVariance(8)).toBeCloseTo(0.2838, 4);
  });

  it('agrees with simulation', () => {
    const random = new Random('log-mean-square');
    const K = 5;
    const logs = Array.from({ length: 40_000 }, () => {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += random.normal() ** 2;
      return Math.log(sum / K);
    });
    const { mean, error } = meanAndError(logs);
    expect(Math.abs(mean - logMeanSquareBias(K))).toBeLessThan(4 * error);
    const variance = meanAndError(logs.map((value) => (value - logMeanSquareBias(K)) ** 2));
    expect(Math.abs(variance.mean - logMeanSquareVariance(K))).toBeLessThan(4 * variance.error);
  });
});
