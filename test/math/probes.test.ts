import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { estimateColumnNorms } from '../../src/math/column-norms.ts';
import { estimateDeltaF2, exactDeltaF2 } from '../../src/math/delta-f2.ts';
import { measureConstraint } from '../../src/math/constraint.ts';
import { NonFiniteError } from '../../src/math/read-back.ts';
import { openProblem } from '../../src/math/noised-batch.ts';
import { Random } from '../../src/math/random.ts';
import { createSigmaGrid } from '../../src/math/sigma-grid.ts';
import { closedFormSigma } from '../../src/math/closed-form.ts';
import { logColumnNorm, logMeanSquareVariance } from './digamma.ts';
import { gaussianImage, linearMap, reluLayer, useCpu } from './maps.ts';
import { deltaF2ByForwards, exactColumnNorms } from './naive-jacobian.ts';

const shape = [4, 5, 3] as const;
const units = 60;
const random = new Random('weights');
const W = Array.from({ length: 23 }, () => Array.from({ length: units }, (_, i) => random.normal() * (1 + (i % 7))));
const columnNorm = (i: number): number => W.reduce((sum, row) => sum + row[i]! ** 2, 0);
const exact = Array.from({ length: units }, (_, i) => columnNorm(i));
const frobenius = exact.reduce((a, b) => a + b, 0);
const costs = { forwards: 0, evaluations: 0 };
const image = gaussianImage(units, 'image');
const perUnit = createSigmaGrid(shape, { grid: 'pixel', channels: 'separate' });

beforeAll(useCpu);

describe('column norms', () => {
  const map = linearMap(W, shape);
  afterAll(() => map.dispose());
  const inUnitOrder = (energies: Float64Array): number[] => Array.from(perUnit.groupOf, (g) => energies[g]!);

  it('are exact by one product per feature', async () => {
    const energies = await exactColumnNorms(map, image, perUnit, { batch: 8, costs });
    inUnitOrder(energies).forEach((a, i) => expect(a / exact[i]!).toBeCloseTo(1, 5));
  });

  it('are estimated without bias, with the stated scatter of the logarithm', async () => {
    const K = 8;
    const residuals: number[] = [];
    for (let seed = 0; seed < 60; seed++) {
      const options = { probes: K, batch: 5, random: new Random(`probe/${seed}`), costs };
      const energies = await estimateColumnNorms(map, image, perUnit, options);
      inUnitOrder(energies).forEach((a, i) => {
        const { value, error } = logColumnNorm(a, K);
        residuals.push((value - Math.log(exact[i]!)) / error);
      });
    }
    // 3,600 standardised residuals; units that share probes are correlated through 23 features, so fewer are
    // independent
    const n = residuals.length;
    const mean = residuals.reduce((a, b) => a + b, 0) / n;
    const chi2 = residuals.reduce((a, b) => a + b * b, 0) / n;
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(Math.abs(chi2 - 1)).toBeLessThan(0.12);
  });

  it('halve their variance with twice the probes', () => {
    expect(logMeanSquareVariance(64) / logMeanSquareVariance(128)).toBeCloseTo(2, 1);
  });
});

describe('delta_f^2', () => {
  const map = linearMap(W, shape);
  afterAll(() => map.dispose());

  it('is the squared Frobenius norm, exactly', async () => {
    const { value, error, probes } = await exactDeltaF2(map, image, { batch: 10, costs });
    expect(value / frobenius).toBeCloseTo(1, 5);
    expect([error, probes]).toEqual([0, 23]);
  });

  it('has errors within its standard error as often as normal errors', async () => {
    let chi2 = 0;
    const repeats = 100;
    for (let seed = 0; seed < repeats; seed++) {
      const { value, error, probes } = await estimateDeltaF2(map, image, {
        least: 128,
        most: 128,
        relativeError: 1,
        batch: 32,
        random: new Random(`delta/${seed}`),
        costs,
      });
      expect(probes).toBe(128);
      chi2 += ((value - frobenius) / error) ** 2 / repeats;
    }
    expect(Math.abs(chi2 - 1)).toBeLessThan(4 * Math.sqrt(2 / repeats));
  });

  it('continues until the required precision or the bound is reached', async () => {
    const options = { least: 32, most: 5000, relativeError: 0.01, batch: 32, random: new Random('precise'), costs };
    const precise = await estimateDeltaF2(map, image, options);
    expect(precise.error / precise.value).toBeLessThanOrEqual(0.01);
    const bounded = await estimateDeltaF2(map, image, { ...options, most: 70 });
    expect(bounded.probes).toBe(70);
  });

  it('agrees with its definition at a finite tau', async () => {
    const options = { samples: 400, batch: 64, random: new Random('tau'), costs };
    for (const tau of [1e-4, 1e-3, 1]) {
      const { mean: value, error } = await deltaF2ByForwards(map, image, { ...options, tau });
      expect(Math.abs(value - frobenius)).toBeLessThan(4 * error + 1e-3 * frobenius);
    }
  });
});

describe('the constraint', () => {
  it('holds for the closed form of a linear map, with the stated error', async () => {
    const map = linearMap(W, shape);
    const grid = createSigmaGrid(shape, { grid: 'pixel', channels: 'shared' });
    const energies = await exactColumnNorms(map, image, grid, { batch: 16, costs });
    const target = 1.5e-4 * frobenius;
    const { logSigma } = closedFormSigma(energies, grid.unitsOf, target);
    const problem = await openProblem(map, image, grid);
    let chi2 = 0;
    for (let seed = 0; seed < 50; seed++) {
      const options = { samples: 100, random: new Random(`constraint/${seed}`) };
      const { ratio, error } = await measureConstraint(problem, logSigma, target, options);
      chi2 += ((ratio - 1) / error) ** 2 / 50;
    }
    expect(Math.abs(chi2 - 1)).toBeLessThan(4 * Math.sqrt(2 / 50));
    expect(problem.costs.forwards).toBe(5001);
    problem.close();
    map.dispose();
  });
});

describe('numbers that are not finite', () => {
  it('are distinguished from other errors', async () => {
    const map = linearMap([Array.from({ length: units }, (_, i) => (i === 7 ? NaN : 1))], shape);
    await expect(openProblem(map, image, perUnit)).rejects.toThrow(NonFiniteError);
    await expect(exactDeltaF2(map, image, { batch: 4, costs })).rejects.toThrow('gradients are not finite');
    map.dispose();
    const huge = reluLayer([Array.from({ length: units }, () => 3e38)], [0], shape).map;
    await expect(openProblem(huge, image.map(Math.abs), perUnit)).rejects.toThrow('features are not finite');
    huge.dispose();
  });
});

describe('memory', () => {
  it('frees all tensors', async () => {
    const before = tf.memory().numTensors;
    const map = linearMap(W, shape);
    const problem = await openProblem(map, image, perUnit);
    const options = { samples: 10, random: new Random('leak') };
    await measureConstraint(problem, new Float64Array(60).fill(-3), 1, options);
    await estimateColumnNorms(map, image, perUnit, { probes: 10, batch: 4, random: new Random('leak'), costs });
    problem.close();
    map.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
