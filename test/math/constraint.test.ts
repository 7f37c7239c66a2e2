// The constraint ratio, the mean Jacobian and the scale compared with their definitions, and in cases where the answer
// is known.
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureConstraint, meanJacobian } from '../../src/math/constraint.ts';
import { openProblem } from '../../src/math/noised-batch.ts';
import { Random } from '../../src/math/random.ts';
import { scaleToConstraint } from '../../src/math/scale.ts';
import { createSigmaGrid, expand } from '../../src/math/sigma-grid.ts';
import { gaussianImage, linearMap, reluLayer, useCpu } from './maps.ts';
import type { ReluLayer } from './maps.ts';
import { mean, naiveSamples, variance } from './naive-layer.ts';

const shape = [4, 5, 1] as const;
const units = 20;
const image = gaussianImage(units, 'constraint');
const grid = createSigmaGrid(shape, { grid: '2x5', channels: 'shared' });
const logSigma = Float64Array.from({ length: grid.groups }, (_, g) => -1 + 0.2 * (g % 4));

function openLayer(features: number): ReluLayer {
  const random = new Random(`layer/${features}`);
  const W = Array.from({ length: features }, () => Array.from({ length: units }, () => random.normal()));
  return reluLayer(W, W.map(() => random.normal()), shape); // prettier-ignore
}
const few = openLayer(5);
const many = openLayer(40);

beforeAll(useCpu);
afterAll(() => [few, many].forEach(({ map }) => map.dispose()));

const sigmaOf = (z: Float64Array): Float64Array => expand(grid, z, new Float32Array(units)).reduce((out, value, i) => {
  out[i] = Math.exp(value);
  return out;
}, new Float64Array(units)); // prettier-ignore

interface NaiveRatio {
  readonly ratio: number;
  readonly error: number;
  readonly scatter: number;
}

/** Mean of ||u||^2 / target. With M, mean of the residuals of its regression on ||M sigma o delta||^2 / target. */
function naiveRatio(
  layer: ReluLayer,
  z: Float64Array,
  target: number,
  samples: number,
  stream: Random,
  M?: readonly (readonly number[])[],
): NaiveRatio {
  const sigma = sigmaOf(z);
  const all = naiveSamples(layer, image, sigma, stream, samples);
  let energies = all.map(({ energy }) => energy / target);
  if (M !== undefined) {
    const known = M.reduce((sum, row) => sum + row.reduce((s, value, i) => s + (value * sigma[i]!) ** 2, 0), 0);
    const linear = all.map(({ delta }) => {
      const f = M.map((row) => row.reduce((sum, value, i) => sum + value * sigma[i]! * delta[i]!, 0));
      return (f.reduce((sum, value) => sum + value * value, 0) - known) / target;
    });
    const [mx, my] = [mean(linear), mean(energies)];
    const slope = mean(linear.map((x, s) => (x - mx) * (energies[s]! - my))) / mean(linear.map((x) => (x - mx) ** 2));
    energies = energies.map((e, s) => e - slope * linear[s]!);
  }
  const ratio = mean(energies);
  return { ratio, error: Math.sqrt(variance(energies) / samples), scatter: Math.sqrt(variance(energies)) / ratio };
}

function naiveMeanJacobian(layer: ReluLayer, z: Float64Array, points: number, stream: Random): number[][] {
  const samples = naiveSamples(layer, image, sigmaOf(z), stream, points);
  return layer.W.map((row, k) => row.map((_, i) => mean(samples.map(({ J }) => J[k]![i]!))));
}

describe('the constraint ratio', () => {
  it.each([3, 64, 150])('agrees with its definition, from %d samples', async (samples) => {
    const problem = await openProblem(many.map, image, grid);
    const options = { samples, random: new Random('ratio') };
    const got = await measureConstraint(problem, logSigma, 7, options);
    const wanted = naiveRatio(many, logSigma, 7, samples, new Random('ratio'));
    expect(got.samples).toBe(samples);
    expect(got.ratio / wanted.ratio).toBeCloseTo(1, 5);
    expect(got.error / wanted.error).toBeCloseTo(1, 4);
    expect(got.scatter / wanted.scatter).toBeCloseTo(1, 4);
    expect(problem.costs).toEqual({ forwards: samples + 1, evaluations: 0 });
    problem.close();
  });

  it('loses the scatter of the linear part, given a mean Jacobian', async () => {
    const problem = await openProblem(few.map, image, grid);
    const before = tf.memory().numTensors;
    const J = await meanJacobian(problem, logSigma, { points: 16, random: new Random('rows') });
    const M = naiveMeanJacobian(few, logSigma, 16, new Random('rows'));
    const options = { samples: 100, random: new Random('ratio') };
    const got = await measureConstraint(problem, logSigma, 3, { ...options, meanJacobian: J });
    const plain = await measureConstraint(problem, logSigma, 3, { ...options, random: new Random('ratio') });
    J.dispose();
    expect(tf.memory().numTensors).toBe(before);
    const wanted = naiveRatio(few, logSigma, 3, 100, new Random('ratio'), M);
    expect(got.ratio / wanted.ratio).toBeCloseTo(1, 4);
    expect(got.error / wanted.error).toBeCloseTo(1, 4);
    expect(got.error).toBeLessThan(0.8 * plain.error);
    problem.close();
  });

  it('is exact for a linear map whose Jacobian is given', async () => {
    const map = linearMap(few.W, shape);
    const problem = await openProblem(map, image, grid);
    const J = tf.tensor4d(few.W.flat(), [few.W.length, ...shape]);
    const options = { samples: 30, random: new Random('linear'), meanJacobian: J };
    const { ratio, error } = await measureConstraint(problem, logSigma, 2, options);
    const sigma = sigmaOf(logSigma);
    const exact = few.W.reduce((sum, row) => sum + row.reduce((s, w, i) => s + (w * sigma[i]!) ** 2, 0), 0) / 2;
    expect(ratio / exact).toBeCloseTo(1, 4);
    expect(error / ratio).toBeLessThan(1e-4);
    J.dispose();
    problem.close();
    map.dispose();
  });

  it('has no error from one sample, and no scatter where nothing changes', async () => {
    const problem = await openProblem(many.map, image, grid);
    const one = await measureConstraint(problem, logSigma, 1, { samples: 1, random: new Random('one') });
    expect(one.error).toBeNaN();
    problem.close();
    const map = linearMap([new Array<number>(units).fill(0)], shape);
    const still = await openProblem(map, image, grid);
    const zeros = tf.zeros<tf.Rank.R4>([1, ...shape]);
    for (const more of [{}, { meanJacobian: zeros }]) {
      const none = await measureConstraint(still, logSigma, 1, { samples: 3, random: new Random('none'), ...more });
      expect(none).toEqual({ ratio: 0, error: 0, scatter: 0, samples: 3 });
    }
    zeros.dispose();
    still.close();
    map.dispose();
  });
});

describe('the mean Jacobian', () => {
  it('agrees with the rows written out, and costs a product per row', async () => {
    const problem = await openProblem(few.map, image, grid);
    const J = await meanJacobian(problem, logSigma, { points: 7, random: new Random('mean') });
    expect(J.shape).toEqual([5, ...shape]);
    const got = await J.data();
    naiveMeanJacobian(few, logSigma, 7, new Random('mean'))
      .flat()
      .forEach((value, at) => expect(got[at]!).toBeCloseTo(value, 5));
    expect(problem.costs.evaluations).toBeCloseTo(7 * (1 + 0.6 * 4), 10);
    J.dispose();
    problem.close();
  });
});

describe('the scale', () => {
  /** Two scalings and the ratio, from separate random streams, with the numbers of docs/solver.md, step 14. */
  function naiveScale(layer: ReluLayer, z: Float64Array, target: number, cap: number, seed: string) {
    const random = new Random(seed);
    const M = layer.W.length <= 32 ? naiveMeanJacobian(layer, z, 16, random.split('rows')) : undefined;
    const measure = (at: Float64Array, samples: number, label: string): NaiveRatio =>
      naiveRatio(layer, at, target, samples, random.split(label), M);
    const shift = (at: Float64Array, ratio: number): Float64Array =>
      at.map((value) => (value < Math.log(cap) ? Math.min(Math.log(cap), value - 0.5 * Math.log(ratio)) : value));
    const first = measure(z, 64, 'scale-1');
    const once = shift(z, first.ratio);
    const samples = Math.min(4096, Math.max(64, Math.ceil((100 * first.scatter) ** 2 / 32) * 32));
    const second = measure(once, samples, 'scale-2');
    const twice = shift(once, second.ratio);
    const check = Math.min(samples, 512);
    const constraint = measure(twice, check, 'constraint');
    return { logSigma: twice, constraint, check, scaleError: second.scatter / (2 * Math.sqrt(samples)) };
  }

  it.each([
    { name: 'few features', layer: few, target: 0.5, cap: 10 },
    { name: 'many features', layer: many, target: 20, cap: 10 },
    { name: 'a cap that some reach', layer: many, target: 2000, cap: 1.3 },
  ])('agrees with its steps written out: $name', async ({ layer, target, cap }) => {
    const problem = await openProblem(layer.map, image, grid);
    const before = tf.memory().numTensors;
    const start = logSigma.map((z, g) => (g === 3 ? Math.log(cap) : z));
    const got = await scaleToConstraint(problem, start, { target, cap, random: new Random('scale') });
    expect(tf.memory().numTensors).toBe(before);
    problem.close();
    const wanted = naiveScale(layer, start, target, cap, 'scale');
    got.logSigma.forEach((z, g) => expect(z).toBeCloseTo(wanted.logSigma[g]!, 4));
    expect(got.logSigma[3]).toBe(Math.log(cap));
    expect(Math.max(...got.logSigma)).toBeLessThanOrEqual(Math.log(cap));
    expect(got.scaleError / wanted.scaleError).toBeCloseTo(1, 3);
    expect(got.constraint.ratio / wanted.constraint.ratio).toBeCloseTo(1, 3);
    expect(got.constraint.samples).toBe(wanted.check);
  });

  it('makes the energy of a linear map equal the target, within its stated error', async () => {
    const map = linearMap(many.W, shape);
    const problem = await openProblem(map, image, grid);
    const errors: number[] = [];
    for (let seed = 0; seed < 10; seed++) {
      const random = new Random(`linear/${seed}`);
      const scaled = await scaleToConstraint(problem, logSigma, { target: 3, cap: 100, random });
      const sigma = sigmaOf(scaled.logSigma);
      const energy = many.W.reduce((sum, row) => sum + row.reduce((s, w, i) => s + (w * sigma[i]!) ** 2, 0), 0);
      errors.push((0.5 * Math.log(energy / 3)) / scaled.scaleError);
    }
    expect(Math.abs(mean(errors.map((e) => e * e)) - 1)).toBeLessThan(4 * Math.sqrt(2 / 10));
    problem.close();
    map.dispose();
  });
});
