// Stationarity compared with its definition, and in cases where its value is known.
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureStationarity } from '../../src/math/certificate.ts';
import { closedFormSigma } from '../../src/math/closed-form.ts';
import { openProblem } from '../../src/math/noised-batch.ts';
import { Random } from '../../src/math/random.ts';
import { createSigmaGrid, expand } from '../../src/math/sigma-grid.ts';
import type { SigmaGrid } from '../../src/math/sigma-grid.ts';
import { measureSid } from '../../src/math/sid.ts';
import { gaussianImage, linearMap, localWeights, reluLayer, useCpu } from './maps.ts';
import { mean, naiveSamples, variance } from './naive-layer.ts';

const [height, width] = [6, 8];
const units = height * width;
const shape = [height, width, 1] as const;
const random = new Random('certificate');
const W = Array.from({ length: 40 }, () => Array.from({ length: units }, () => random.normal()));
const layer = reluLayer(W, W.map(() => random.normal()), shape); // prettier-ignore
const image = gaussianImage(units, 'certificate');

beforeAll(useCpu);
afterAll(() => layer.map.dispose());

/**
 * The definition: mean over blocks of (mean excess of the block)^2 over the variance of that mean, with G_i = 2 sigma_i
 * (J'^T u)_i delta_i.
 */
function naiveStationarity(
  logSigma: Float64Array,
  grid: SigmaGrid,
  { blocks, cap, samples, stream }: { blocks: number; cap: number; samples: number; stream: Random },
): { chi2: number; blocks: number } {
  const z = expand(grid, logSigma, new Float32Array(units));
  const free = (i: number): boolean => logSigma[grid.groupOf[i]!]! < Math.log(cap);
  // The block of a unit follows from the row and column of its group in the grid.
  const blockOf = (i: number): string => {
    const place = grid.groupOf[i]! % (grid.rows * grid.columns);
    const down = Math.min(blocks, grid.rows);
    const across = Math.min(blocks, grid.columns);
    const row = Math.floor((Math.floor(place / grid.columns) * down) / grid.rows);
    return `${row}/${Math.floor(((place % grid.columns) * across) / grid.columns)}`;
  };
  const all = Array.from({ length: units }, (_, i) => i).filter(free);
  const names = [...new Set(all.map(blockOf))];
  const G = naiveSamples(layer, image, z.map(Math.exp), stream, samples).map(({ u, delta, product }) => {
    const pulled = product(u);
    return Array.from({ length: units }, (_, i) => 2 * Math.exp(z[i]!) * pulled[i]! * delta[i]!);
  });
  const whole = mean(G.map((sample) => mean(all.map((i) => sample[i]!))));
  const terms = names.map((name) => {
    const inside = all.filter((i) => blockOf(i) === name);
    const excess = G.map((sample) => (mean(inside.map((i) => sample[i]!)) - mean(all.map((i) => sample[i]!))) / whole);
    return mean(excess) ** 2 / (variance(excess) / samples);
  });
  return { chi2: mean(terms), blocks: names.length };
}

describe('stationarity', () => {
  const z = (grid: SigmaGrid): Float64Array => Float64Array.from({ length: grid.groups }, (_, g) => -2 + 0.1 * (g % 7));

  it.each([
    { grid: 'pixel', blocks: 4, cap: 1, samples: 70 },
    { grid: 'pixel', blocks: 3, cap: Math.exp(-1.65), samples: 20 },
    { grid: '3x4', blocks: 4, cap: 1, samples: 65 },
    { grid: '3x4', blocks: 2, cap: Math.exp(-1.65), samples: 32 },
  ])('agrees with its definition: $grid, $blocks blocks, cap $cap', async ({ grid: name, blocks, cap, samples }) => {
    const grid = createSigmaGrid(shape, { grid: name, channels: 'shared' });
    const logSigma = z(grid).map((value) => Math.min(value, Math.log(cap)));
    const before = tf.memory().numTensors;
    const problem = await openProblem(layer.map, image, grid);
    const options = { samples, blocks, cap, random: new Random('blocks') };
    const got = await measureStationarity(problem, logSigma, options);
    problem.close();
    expect(tf.memory().numTensors).toBe(before);
    const wanted = naiveStationarity(logSigma, grid, { ...options, stream: new Random('blocks') });
    expect(got.chi2 / wanted.chi2).toBeCloseTo(1, 3);
    expect([got.blocks, got.samples]).toEqual([wanted.blocks, samples]);
    expect(problem.costs.evaluations).toBe(samples);
  });

  it('is what a measurement of SID publishes', async () => {
    const grid = createSigmaGrid(shape, { grid: 'pixel', channels: 'shared' });
    for (const method of ['hybrid', 'adam', 'closed-form'] as const) {
      const sid = await measureSid(layer.map, image, {
        method, alpha: 0.01, deltaF2: { value: 1000, error: 0 }, grid, tolerance: 0.005, cap: 1, maxSamples: 256, batch: 32, seed: 'published',
      }); // prettier-ignore
      const stream = new Random('published').split('blocks');
      const wanted = naiveStationarity(sid.logSigma, grid, { blocks: 4, cap: 1, samples: 32, stream });
      if (method === 'closed-form') expect(sid.stationarity).toBeNaN();
      else expect(sid.stationarity / wanted.chi2).toBeCloseTo(1, 3);
    }
  });

  it('is about 1 at the optimum, and far above it elsewhere', async () => {
    const side = 8;
    const rows = localWeights(side, 2, 'stationary');
    const map = linearMap(rows, [side, side, 1]);
    const grid = createSigmaGrid([side, side, 1], { grid: 'pixel', channels: 'shared' });
    const a = Array.from({ length: side * side }, (_, i) => rows.reduce((sum, row) => sum + row[i]! ** 2, 0));
    const best = closedFormSigma(a, grid.unitsOf, 1e-3, 1).logSigma;
    const problem = await openProblem(map, gaussianImage(side * side, 'stationary'), grid);
    const measure = async (logSigma: Float64Array, seed: number): Promise<number> => {
      const options = { samples: 128, blocks: 2, cap: 1, random: new Random(`stationary/${seed}`) };
      return (await measureStationarity(problem, logSigma, options)).chi2;
    };
    const here: number[] = [];
    for (let seed = 0; seed < 40; seed++) here.push(await measure(best, seed));
    // The excesses of the four blocks sum to 0, so only 3 are independent; each term has mean 1 nevertheless.
    expect(Math.abs(mean(here) - 1)).toBeLessThan(4 * Math.sqrt(variance(here) / here.length));
    expect(await measure(new Float64Array(side * side).fill(-5), 0)).toBeGreaterThan(5);
    problem.close();
    map.dispose();
  });

  it('is unknown where fewer than two blocks have a group below the cap', async () => {
    const grid = createSigmaGrid(shape, { grid: 'pixel', channels: 'shared' });
    const problem = await openProblem(layer.map, image, grid);
    const options = { samples: 4, blocks: 2, cap: 1, random: new Random('capped') };
    const capped = await measureStationarity(problem, new Float64Array(units), options);
    expect([capped.chi2, capped.blocks]).toEqual([NaN, 0]);
    const one = Float64Array.from({ length: units }, (_, g) => (g === 0 ? -1 : 0));
    const single = await measureStationarity(problem, one, options);
    expect([single.chi2, single.blocks]).toEqual([NaN, 1]);
    problem.close();
  });
});
