// Both estimates of the curvature, the control variate and the sums over samples, compared with their definitions.
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CurvatureSums, exactCurvature, quietCurvature } from '../../src/math/curvature.ts';
import { JacobianControl } from '../../src/math/jacobian-control.ts';
import { drawNoisedBatch, openProblem } from '../../src/math/noised-batch.ts';
import { Random } from '../../src/math/random.ts';
import { NonFiniteError } from '../../src/math/read-back.ts';
import { createSigmaGrid, expand } from '../../src/math/sigma-grid.ts';
import { gaussianImage, linearMap, reluLayer, useCpu } from './maps.ts';
import { mean, naiveSamples } from './naive-layer.ts';
import type { NaiveSample } from './naive-layer.ts';
import { pool } from './naive-pool.ts';

const shape = [4, 6, 1] as const;
const units = 24;
const features = 3;
const random = new Random('curvature');
const W = Array.from({ length: features }, () => Array.from({ length: units }, () => random.normal()));
const layer = reluLayer(W, [0.4, -0.2, 0.1], shape);
const image = gaussianImage(units, 'curvature');
const grid = createSigmaGrid(shape, { grid: '2x3', channels: 'shared' });
const logSigma = Float64Array.from({ length: grid.groups }, (_, g) => -1 + 0.3 * g);
const sigma = Array.from(expand(grid, logSigma.map(Math.exp)));

beforeAll(useCpu);
afterAll(() => layer.map.dispose());

const table = (rows: readonly ArrayLike<number>[]): tf.Tensor2D => tf.tensor2d(rows.map((row) => Array.from(row)));

function expectRows(got: ArrayLike<number>, wanted: readonly ArrayLike<number>[]): void {
  wanted.forEach((row, b) =>
    Array.from(row).forEach((value, g) => expect(got[b * row.length + g]!).toBeCloseTo(value, 3)),
  );
}

/** R of one sample by definition: (J'^T u)_i delta_i / sigma_i, summed by group. */
const naiveExact = ({ u, delta, product }: NaiveSample): Float64Array =>
  pool(grid, product(u).map((value, i) => (value * delta[i]!) / sigma[i]!)); // prettier-ignore

describe('one batch', () => {
  it('gives R and Q as they are defined', async () => {
    const problem = await openProblem(layer.map, image, grid);
    const before = tf.memory().numTensors;
    const samples = 9;
    const w = new Float32Array(samples * features);
    new Random('signs').fillSigns(w);
    const pull = ['residuals', w] as const;
    const batch = await drawNoisedBatch(problem, logSigma, { samples, random: new Random('batch'), pull });
    const [exact, quiet] = [exactCurvature(grid, batch, logSigma), quietCurvature(grid, batch)];
    batch.dispose();
    const naive = naiveSamples(layer, image, sigma, new Random('batch'), samples);
    expectRows(exact.dataSync(), naive.map(naiveExact));
    const squares = naive.map(({ product }, b) =>
      pool(
        grid,
        product(w.subarray(b * features, (b + 1) * features)).map((value) => value * value),
      ),
    );
    expectRows(quiet.dataSync(), squares);
    tf.dispose([exact, quiet]);
    expect(tf.memory().numTensors).toBe(before);
    problem.close();
  });

  it('gives Q without noise where one feature is linear: the squares of its row', async () => {
    const map = linearMap([W[0]!], shape);
    const problem = await openProblem(map, image, grid);
    const pull = ['residuals', Float32Array.of(1, -1)] as const;
    const batch = await drawNoisedBatch(problem, logSigma, { samples: 2, random: new Random('one'), pull });
    const quiet = quietCurvature(grid, batch);
    const squares = pool(grid, W[0]!.map((value) => value * value)); // prettier-ignore
    expectRows(quiet.dataSync(), [squares, squares]);
    quiet.dispose();
    batch.dispose();
    problem.close();
    map.dispose();
  });
});

describe('the control variate', () => {
  it('subtracts the linear part, estimated from the other half, as defined', async () => {
    const problem = await openProblem(layer.map, image, grid);
    const before = tf.memory().numTensors;
    const f = W.map((row, k) => row.reduce((sum, w, i) => sum + w * image[i]!, [0.4, -0.2, 0.1][k]!));
    const atImage = W.map((row, k) => row.map((w) => (f[k]! > 0 ? w : 0)));
    const control = new JacobianControl(grid, table(atImage));
    /** Samples of every row so far in each half; the first is J at x. */
    let seen = [0, 1].map(() => atImage.map((row) => [row as readonly number[]]));
    const stream = new Random('control');
    const naiveStream = new Random('control');
    let next = 0;
    const step = async (batchNumber: number, samples: number): Promise<void> => {
      const rows = control.nextRows(samples);
      expect(rows).toEqual(Array.from({ length: samples }, (_, b) => (next + b) % features));
      next = (next + samples) % features;
      const pull = ['residuals', control.probesOf(rows)] as const;
      const batch = await drawNoisedBatch(problem, logSigma, { samples, random: stream, pull, keepsResiduals: true });
      const exact = exactCurvature(grid, batch, logSigma);
      const controlled = control.apply(batch, logSigma, rows, exact);
      batch.dispose();
      const naive = naiveSamples(layer, image, sigma, naiveStream, samples);
      const M = seen[1 - (batchNumber % 2)]!.map((list) => list[0]!.map((_, i) => mean(list.map((row) => row[i]!))));
      const wanted = naive.map((sample, b) => {
        const { u, delta, J } = sample;
        const k = rows[b]!;
        const difference = Array.from({ length: units }, (_, i) => {
          const c = (delta[i]! / sigma[i]!) * M.reduce((sum, row, j) => sum + row[i]! * u[j]!, 0);
          return features * M[k]![i]! * J[k]![i]! - c;
        });
        return pool(grid, difference).map((value, g) => value + naiveExact(sample)[g]!);
      });
      expectRows(controlled.dataSync(), wanted);
      naive.forEach(({ J }, b) => seen[batchNumber % 2]![rows[b]!]!.push(J[rows[b]!]!));
      tf.dispose([exact, controlled]);
    };
    for (const [batchNumber, samples] of [4, 5, 2, 4].entries()) await step(batchNumber, samples);
    control.forget();
    seen = [0, 1].map(() => atImage.map((row) => [row as readonly number[]]));
    await step(4, 3);
    await step(5, 3);
    control.dispose();
    expect(tf.memory().numTensors).toBe(before);
    problem.close();
  });
});

describe('the sums over samples', () => {
  const groups = grid.groups;
  const start = Float64Array.from({ length: groups }, (_, g) => (g === 2 ? 0 : 2 + g));
  const batches = [5, 7].map((samples, t) => {
    const numbers = new Random(`sums/${t}`);
    const rows = (scale: number): number[][] =>
      Array.from({ length: samples }, () =>
        Array.from({ length: groups }, (_, g) => (g === 2 ? 0 : scale * (1 + g) * (1 + 0.5 * numbers.normal()))),
      );
    return { exact: rows(1.2), quiet: rows(1), energies: Array.from({ length: samples }, () => numbers.uniform()) };
  });
  const add = (sums: CurvatureSums, { exact, quiet, energies }: (typeof batches)[0]): Promise<Float32Array> =>
    sums.add(table(exact), table(quiet), tf.tensor1d(energies));
  const R = batches.flatMap(({ exact }) => exact);
  const Q = batches.flatMap(({ quiet }) => quiet);
  const N = R.length;
  const live = Array.from({ length: groups }, (_, g) => g).filter((g) => g !== 2);
  const meanOf = (rows: readonly (readonly number[])[], g: number): number => mean(rows.map((row) => row[g]!));
  const variance = (g: number): number => meanOf(R.map((row) => row.map((r) => r * r)), g) - meanOf(R, g) ** 2; // prettier-ignore

  it('give the means, the ratio and its moments as they are defined', async () => {
    const before = tf.memory().numTensors;
    const sums = new CurvatureSums(grid, start, 4);
    for (const batch of batches) {
      const energies = await add(sums, batch);
      batch.energies.forEach((value, b) => expect(energies[b]).toBeCloseTo(value, 6));
    }
    expect(tf.memory().numTensors).toBe(before);
    expect(sums.samples).toBe(N);
    const { quiet, ratio, variance: got, covariance, moments, gains } = sums.estimate();
    expect(gains).toHaveLength(6);
    for (const g of live) {
      const q = (N * meanOf(Q, g) + 4 * start[g]!) / (N + 4);
      const product = mean(R.map((row, s) => row[g]! * Q[s]![g]!)) - meanOf(R, g) * meanOf(Q, g);
      expect(quiet[g]! / q).toBeCloseTo(1, 5);
      expect(ratio[g]! / (meanOf(R, g) / q)).toBeCloseTo(1, 5);
      expect(got[g]! / (variance(g) / (N * q * q))).toBeCloseTo(1, 4);
      expect(covariance[g]!).toBeCloseTo(product / ((N + 4) * q * q), 5); // the relative error of Q is that of its N samples among N + 4
    }
    expect(quiet[2]).toBe(0);
    // every batch is scaled by the mean of Q before it
    moments.forEach(({ square, product }, s) => {
      const of = (g: number): number => (s < 5 ? start[g]! : (5 * meanOf(batches[0]!.quiet, g) + 4 * start[g]!) / 9);
      const sum = (value: (g: number) => number): number => live.reduce((total, g) => total + value(g), 0) / groups;
      expect(square).toBeCloseTo(sum((g) => (R[s]![g]! / of(g)) ** 2), 4); // prettier-ignore
      expect(product).toBeCloseTo(sum((g) => (R[s]![g]! * Q[s]![g]!) / of(g) ** 2), 4); // prettier-ignore
    });
    expect(moments).toHaveLength(N);
  });

  it('compare R with another field of any scale, independent of the samples', async () => {
    const sums = new CurvatureSums(grid, start, 4);
    for (const batch of batches) await add(sums, batch);
    const field = Float64Array.from({ length: groups }, (_, g) => (g === 4 ? NaN : 100 * (1 + g)));
    const own = sums.estimate().quiet;
    const both = live.filter((g) => g !== 4);
    const scale = both.reduce((sum, g) => sum + own[g]!, 0) / both.reduce((sum, g) => sum + field[g]!, 0);
    const { quiet, ratio, variance: got, covariance, moments } = sums.estimateFrom(field);
    for (const g of live) {
      const q = g === 4 ? own[g]! : scale * field[g]!;
      expect(quiet[g]! / q).toBeCloseTo(1, 10);
      expect(ratio[g]! / (meanOf(R, g) / q)).toBeCloseTo(1, 5);
      expect(got[g]! / (variance(g) / (N * q * q))).toBeCloseTo(1, 4);
    }
    expect(quiet[2]).toBe(0);
    expect(Array.from(covariance)).toEqual(new Array<number>(groups).fill(0));
    expect(moments.map(({ square }) => square)).toEqual(sums.estimate().moments.map(({ square }) => square));
    expect(moments.every(({ product }) => product === 0)).toBe(true);
  });

  it('start from the linearisation, and forget it with the samples', async () => {
    const sums = new CurvatureSums(grid, start, 4);
    expect(Array.from(sums.estimate().quiet)).toEqual(Array.from(start));
    await add(sums, batches[0]!);
    sums.forget();
    expect(sums.samples).toBe(0);
    await add(sums, batches[1]!);
    const { quiet, ratio, moments } = sums.estimate();
    for (const g of live) {
      expect(quiet[g]! / meanOf(batches[1]!.quiet, g)).toBeCloseTo(1, 5);
      expect(ratio[g]! / (meanOf(batches[1]!.exact, g) / meanOf(batches[1]!.quiet, g))).toBeCloseTo(1, 5);
    }
    expect(moments).toHaveLength(7);
  });

  it('represent squares of curvatures outside the range of float32', async () => {
    for (const scale of [1e-25, 1e25]) {
      const big = start.map((a) => a * scale);
      const sums = new CurvatureSums(grid, big, 4);
      const times = (rows: number[][]): number[][] => rows.map((row) => row.map((value) => value * scale));
      const { exact, quiet, energies } = batches[0]!;
      await add(sums, { exact: times(exact), quiet: times(quiet), energies });
      const plain = new CurvatureSums(grid, start, 4);
      await add(plain, batches[0]!);
      const [got, wanted] = [sums.estimate(), plain.estimate()];
      for (const g of live) expect(got.variance[g]! / wanted.variance[g]!).toBeCloseTo(1, 4);
      for (const g of live) expect(got.quiet[g]! / scale / wanted.quiet[g]!).toBeCloseTo(1, 5);
    }
  });

  it('reject numbers that are not finite, and name them', async () => {
    const sums = new CurvatureSums(grid, start, 4);
    const { exact, quiet, energies } = batches[0]!;
    const broken = exact.map((row, s) => row.map((value, g) => (s === 1 && g === 1 ? NaN : value)));
    await expect(add(sums, { exact: broken, quiet, energies })).rejects.toThrow('gradients are not finite');
    const infinite = energies.map((value, s) => (s === 0 ? Infinity : value));
    await expect(add(sums, { exact, quiet, energies: infinite })).rejects.toThrow(NonFiniteError);
    await expect(add(sums, { exact, quiet, energies: infinite })).rejects.toThrow('features are not finite');
  });
});
