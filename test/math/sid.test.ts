// The solvers on problems whose optimum is known without sampling.
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedFormSigma } from '../../src/math/closed-form.ts';
import { entropyFloor } from '../../src/math/entropy.ts';
import type { FeatureMap } from '../../src/math/feature-map.ts';
import { joinPasses } from '../../src/math/passes.ts';
import type { Passes } from '../../src/math/passes.ts';
import { Random } from '../../src/math/random.ts';
import { measureSid } from '../../src/math/sid.ts';
import type { Sid, SidMethod } from '../../src/math/sid.ts';
import { createSigmaGrid } from '../../src/math/sigma-grid.ts';
import { gaussianImage, linearMap, localWeights, reluLayer, useCpu } from './maps.ts';
import type { Matrix } from './maps.ts';
import { reluEnergy, reluOptimum } from './relu-truth.ts';

const side = 10;
const shape = [side, side, 1] as const;
const units = side * side;
const image = gaussianImage(units, 'image');
const pixels = createSigmaGrid(shape, { grid: 'pixel', channels: 'shared' });

interface Settings {
  readonly method?: SidMethod;
  readonly alpha?: number;
  readonly deltaF2: number;
  readonly tolerance?: number;
  readonly cap?: number;
  readonly maxSamples?: number;
  readonly seed?: string;
  readonly passes?: Passes;
}

async function solve(map: FeatureMap, x: Float32Array, settings: Settings): Promise<Sid> {
  return await measureSid(map, x, {
    method: settings.method ?? 'hybrid',
    alpha: settings.alpha ?? 1.5e-4,
    deltaF2: { value: settings.deltaF2, error: 0 },
    grid: pixels,
    tolerance: settings.tolerance ?? 0.005,
    cap: settings.cap ?? 1,
    maxSamples: settings.maxSamples ?? 4096,
    batch: 32,
    ...(settings.passes !== undefined && { passes: settings.passes }),
    seed: settings.seed ?? 'test',
  });
}

/**
 * Standard error of the mean over units of 1/2 log a_hat, with a_hat from `probes` Gaussian probes. Two units share the
 * noise of the probes as far as their columns are parallel: cov(log a_hat_i, log a_hat_j) = 2 cos^2(J_i, J_j) / K to
 * first order.
 */
function errorOfMeanLog(W: Matrix, probes: number): number {
  const columns = Array.from({ length: units }, (_, i) => W.map((row) => row[i]!));
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, k) => sum + value * b[k]!, 0);
  const squares = columns.map((column) => dot(column, column));
  const cosines = columns.flatMap((a, i) => columns.map((b, j) => dot(a, b) ** 2 / (squares[i]! * squares[j]!)));
  return Math.sqrt((2 / probes) * cosines.reduce((sum, value) => sum + value, 0)) / (2 * units);
}

beforeAll(useCpu);

describe('a linear map', () => {
  const W = localWeights(side, 2, 'linear');
  const map = linearMap(W, shape);
  const a = Array.from({ length: units }, (_, i) => W.reduce((sum, row) => sum + row[i]! ** 2, 0));
  const deltaF2 = a.reduce((x, y) => x + y, 0);
  const { logSigma } = closedFormSigma(a, pixels.unitsOf, 1.5e-4 * deltaF2);
  const truth = logSigma.reduce((x, y) => x + y, 0) / units + 0.5 * Math.log(2 * Math.PI * Math.E);
  afterAll(() => map.dispose());

  it.each(['hybrid', 'adam', 'closed-form'] as const)('gets its closed form from %s', async (method) => {
    const solution = await solve(map, image, { method, deltaF2 });
    // The method closed-form uses 256 probes without correction: their scatter costs psi'(128)/4 nats, and shifts the
    // mean of log sigma.
    const gap = method === 'closed-form' ? 0.002 : 0.005;
    const error = method === 'closed-form' ? errorOfMeanLog(W, 256) : solution.sidError;
    expect(Math.abs(solution.sid - truth)).toBeLessThan(gap + 3 * error);
    expect(Math.abs(solution.constraint.ratio - 1)).toBeLessThan(
      4 * Math.hypot(solution.constraint.error, 2 * solution.sidError),
    );
    expect(solution.sid).toBeGreaterThan(entropyFloor(1.5e-4));
    expect([solution.capped, solution.uncovered]).toEqual([0, 0]);
  });

  it('gives the same result twice, and another one for another seed', async () => {
    const [first, second, other] = await Promise.all([
      solve(map, image, { deltaF2 }),
      solve(map, image, { deltaF2 }),
      solve(map, image, { deltaF2, seed: 'other' }),
    ]);
    expect(second).toEqual(first);
    expect(other.logSigma).not.toEqual(first.logSigma);
  });

  it.each(['hybrid', 'adam', 'closed-form'] as const)(
    'is the same however many images go at once: %s',
    async (method) => {
      const usual = await solve(map, image, { deltaF2, method, maxSamples: 256 });
      const passes: number[] = [];
      const counted: FeatureMap = {
        ...map,
        forward(x) {
          passes.push(x.shape[0]);
          return map.forward(x);
        },
        linearize(x) {
          passes.push(x.shape[0]);
          return map.linearize(x);
        },
      };
      const few: Sid[] = [];
      await joinPasses(counted, 5, [0], async (_, through) => {
        few.push(await solve(counted, image, { deltaF2, method, maxSamples: 256, passes: through }));
      });
      expect(Math.max(...passes)).toBe(5);
      few[0]!.logSigma.forEach((z, g) => expect(Math.abs(z - usual.logSigma[g]!)).toBeLessThan(1e-4));
      expect(few[0]!.forwards).toBe(usual.forwards);
      expect(few[0]!.sid).toBeCloseTo(usual.sid, 5);
    },
  );

  it('frees all tensors', async () => {
    const before = tf.memory().numTensors;
    await solve(map, image, { deltaF2, maxSamples: 64 });
    await solve(map, image, { deltaF2, method: 'adam', maxSamples: 64 });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a ReLU layer, where sigma changes what is active', () => {
  const random = new Random('bias');
  const W = localWeights(side, 3, 'relu-2');
  const layer = reluLayer(
    W,
    W.map(() => 0.3 * random.normal()),
    shape,
  );
  const alpha = 0.05;
  const truth = reluOptimum(layer, image, alpha);
  const settings = { alpha, deltaF2: truth.deltaF2, cap: 100 };
  afterAll(() => layer.map.dispose());
  /** Distance of the mean entropy from the optimum, both scaled to the exact constraint. */
  const gapOf = (logSigma: Float64Array): number => {
    const { energy } = reluEnergy(
      layer,
      image,
      logSigma.map((z) => Math.exp(2 * z)),
    );
    const mean = logSigma.reduce((x, y) => x + y, 0) / units;
    return truth.meanLogSigma - (mean - 0.5 * Math.log(energy / (alpha * truth.deltaF2)));
  };

  it('is far enough from linear for the closed form to be wrong', async () => {
    const { logSigma } = await solve(layer.map, image, { ...settings, method: 'closed-form' });
    expect(gapOf(logSigma)).toBeGreaterThan(0.02);
  });

  it('is solved by the hybrid to its tolerance', async () => {
    for (const seed of ['a', 'b', 'c']) {
      const solution = await solve(layer.map, image, { ...settings, seed });
      expect(gapOf(solution.logSigma)).toBeGreaterThan(0);
      expect(gapOf(solution.logSigma)).toBeLessThan(0.005);
      expect(Math.abs(gapOf(solution.logSigma) - solution.gap)).toBeLessThan(4 * solution.gapError);
      expect(solution.converged).toBe(true);
    }
  });

  it('is solved by Adam, which shares nothing with the hybrid but the noise', async () => {
    const { logSigma } = await solve(layer.map, image, { ...settings, method: 'adam', maxSamples: 8192 });
    expect(gapOf(logSigma)).toBeLessThan(0.01);
  });

  it('has its least loss of Eq. 5, computed naively, at the solution', async () => {
    const { logSigma } = await solve(layer.map, image, { ...settings, maxSamples: 4096, tolerance: 1e-3 });
    const lambda = (2 * alpha) / units;
    const noise = Array.from({ length: 3000 }, (_, s) => gaussianImage(units, `naive/${s}`));
    const features = (x: ArrayLike<number>): number[] =>
      layer.W.map((row, k) =>
        Math.max(
          0,
          row.reduce((sum, w, i) => sum + (w === 0 ? 0 : w * x[i]!), layer.b[k]!),
        ),
      );
    const f = features(image);
    const loss = (z: Float64Array): number => {
      let energy = 0;
      for (const delta of noise) {
        const g = features(delta.map((d, i) => image[i]! + Math.exp(z[i]!) * d));
        energy += g.reduce((sum, value, k) => sum + (value - f[k]!) ** 2, 0) / noise.length;
      }
      return energy / truth.deltaF2 - lambda * z.reduce((sum, value) => sum + value, 0);
    };
    const least = loss(logSigma);
    const direction = new Random('direction');
    for (let trial = 0; trial < 4; trial++) {
      const step = logSigma.map(() => 0.3 * direction.normal());
      const up = loss(logSigma.map((z, i) => z + step[i]!));
      const down = loss(logSigma.map((z, i) => z - step[i]!));
      expect((up + down) / 2).toBeGreaterThan(least);
    }
  });
});

describe('units on which a layer does not depend', () => {
  const seen = (i: number): boolean => i % side >= 3;
  const W = localWeights(side, 1, 'blind').map((row) => row.map((w, i) => (seen(i) ? w : 0)));
  const deltaF2 = W.flat().reduce((sum, w) => sum + w * w, 0);

  it('are at the cap, are counted, and do not change the optimum of the others', async () => {
    const map = linearMap(W, shape);
    const solution = await solve(map, image, { deltaF2 });
    const a = Array.from({ length: units }, (_, i) => W.reduce((sum, row) => sum + row[i]! ** 2, 0));
    const truth = closedFormSigma(a, pixels.unitsOf, 1.5e-4 * deltaF2, 1);
    expect([solution.capped, solution.uncovered]).toEqual([30, 30]);
    const mean = truth.logSigma.reduce((x, y) => x + y, 0) / units + 0.5 * Math.log(2 * Math.PI * Math.E);
    expect(Math.abs(solution.sid - mean)).toBeLessThan(0.005 + 3 * solution.sidError);
    map.dispose();
  });

  it('are all units if the features are constant: all at the cap', async () => {
    const map = linearMap([new Array<number>(units).fill(0)], shape);
    const solution = await solve(map, image, { deltaF2: 1 });
    expect([solution.capped, solution.uncovered, solution.constraint.ratio]).toEqual([units, units, 0]);
    map.dispose();
  });

  it('a low cap is reached everywhere, with less energy than allowed', async () => {
    const map = linearMap(W, shape);
    const solution = await solve(map, image, { deltaF2, cap: 1e-3 });
    expect([solution.capped, solution.uncovered]).toEqual([units, 30]);
    expect(solution.constraint.ratio).toBeLessThan(1);
    map.dispose();
  });

  it('noise may activate features that are off at the image: their pixels are below the cap, and the constraint holds', async () => {
    const random = new Random('sleepers');
    const rows = localWeights(side, 3, 'sleepers');
    const layer = reluLayer(
      rows,
      rows.map(() => 0.5 * random.normal() - 0.8),
      shape,
    );
    const truth = reluOptimum(layer, image, 0.05);
    const solution = await solve(layer.map, image, { deltaF2: truth.deltaF2, alpha: 0.05, cap: 10 });
    expect(solution.capped).toBe(0);
    expect(Math.abs(solution.sid - 0.5 * Math.log(2 * Math.PI * Math.E) - truth.meanLogSigma)).toBeLessThan(
      0.005 + 3 * solution.sidError,
    );
    layer.map.dispose();
  });
});
