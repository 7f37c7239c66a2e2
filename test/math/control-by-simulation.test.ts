// The control variate for few features: it keeps the mean and reduces the scatter.
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exactCurvature } from '../../src/math/curvature.ts';
import { JacobianControl } from '../../src/math/jacobian-control.ts';
import { jacobianRows } from '../../src/math/linearization.ts';
import { drawNoisedBatch, openProblem } from '../../src/math/noised-batch.ts';
import { readBack } from '../../src/math/read-back.ts';
import { Random } from '../../src/math/random.ts';
import { createSigmaGrid } from '../../src/math/sigma-grid.ts';
import { gaussianImage, reluLayer, useCpu } from './maps.ts';
import { reluEnergy } from './relu-truth.ts';

const side = 12;
const units = side * side;
const features = 5;

beforeAll(useCpu);

describe('the control variate of few features', () => {
  const random = new Random('weights');
  const W = Array.from({ length: features }, () => Array.from({ length: units }, () => random.normal()));
  const layer = reluLayer(
    W,
    W.map(() => 0.5 * random.normal()),
    [side, side, 1],
  );
  const image = gaussianImage(units, 'image');
  const grid = createSigmaGrid([side, side, 1], { grid: '6x6', channels: 'shared' });
  afterAll(() => layer.map.dispose());

  it.each([
    { bend: 'much', scale: 1, most: 1 },
    { bend: 'little', scale: 0.05, most: 0.4 },
  ])('leaves the mean of the exact estimate where it is, and takes of its scatter: $bend bend', async (one) => {
    const logSigma = Float64Array.from({ length: grid.groups }, (_, g) => Math.log(one.scale * (0.05 + 0.005 * g)));
    const variance = Float64Array.from(grid.groupOf, (g) => Math.exp(2 * logSigma[g]!));
    const expected = new Float64Array(grid.groups);
    reluEnergy(layer, image, variance).A.forEach((A, i) => (expected[grid.groupOf[i]!]! += A));
    const before = tf.memory().numTensors;
    const problem = await openProblem(layer.map, image, grid);
    const [jacobian] = [...jacobianRows(layer.map, image, { batch: features, costs: problem.costs })];
    const control = new JacobianControl(grid, tf.reshape(jacobian!, [features, units]));
    jacobian!.dispose();
    const noise = new Random('noise');
    const samples: { readonly plain: Float32Array; readonly controlled: Float32Array }[] = [];
    for (let t = 0; t < 400; t++) {
      const rows = control.nextRows(32);
      const pull = ['residuals', control.probesOf(rows)] as const;
      const batch = await drawNoisedBatch(problem, logSigma, {
        samples: 32,
        random: noise,
        pull,
        keepsResiduals: true,
      });
      const exact = exactCurvature(grid, batch, logSigma);
      const [plain, controlled] = await readBack([exact.clone(), control.apply(batch, logSigma, rows, exact)]);
      exact.dispose();
      batch.dispose();
      samples.push({ plain: plain!, controlled: controlled! });
    }
    control.dispose();
    problem.close();
    expect(tf.memory().numTensors).toBe(before);
    const moments = (kind: 'plain' | 'controlled', g: number): { mean: number; error: number } => {
      const values = samples.flatMap((one) => Array.from(one[kind]).filter((_, at) => at % grid.groups === g));
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      return { mean, error: Math.sqrt(variance / values.length) };
    };
    let [plainScatter, controlledScatter] = [0, 0];
    for (let g = 0; g < grid.groups; g++) {
      const [plain, controlled] = [moments('plain', g), moments('controlled', g)];
      expect(Math.abs(plain.mean - expected[g]!)).toBeLessThan(4 * plain.error);
      expect(Math.abs(controlled.mean - expected[g]!)).toBeLessThan(4 * controlled.error);
      plainScatter += plain.error ** 2;
      controlledScatter += controlled.error ** 2;
    }
    expect(controlledScatter).toBeLessThan(one.most * plainScatter);
  });
});
