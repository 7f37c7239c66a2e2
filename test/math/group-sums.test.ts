// Sums by group on the backend, compared with explicit sums.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { groupSums, perUnit, sumsOfSquares } from '../../src/math/group-sums.ts';
import { Random } from '../../src/math/random.ts';
import { createSigmaGrid } from '../../src/math/sigma-grid.ts';
import { useCpu } from './maps.ts';
import { pool } from './naive-pool.ts';

const shape = [6, 9, 3] as const;
const units = 162;

beforeAll(useCpu);

describe('sums by group', () => {
  const grids = ['pixel', '6x9', '3x3', '1x1', '6x2', '4x9', '4x5'];
  const channels = ['shared', 'separate'] as const;
  it.each(grids.flatMap((grid) => channels.map((one) => ({ grid, channels: one }))))(
    'are those of the units in $grid groups, channels $channels',
    (options) => {
      const grid = createSigmaGrid(shape, options);
      const values = new Float32Array(4 * units);
      new Random('values').fillNormal(values);
      const before = tf.memory().numTensors;
      const batch = tf.tensor4d(values, [4, ...shape]);
      const sums = groupSums(grid, batch);
      expect(sums.shape).toEqual([4, grid.groups]);
      const got = sums.dataSync();
      for (let b = 0; b < 4; b++) {
        const wanted = pool(grid, values, b * units);
        wanted.forEach((sum, g) => expect(got[b * grid.groups + g]!).toBeCloseTo(sum, 4));
      }
      tf.dispose([batch, sums]);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('go back to the units', () => {
    const grid = createSigmaGrid(shape, { grid: '3x3', channels: 'separate' });
    const values = Float64Array.from({ length: grid.groups }, (_, g) => g);
    const spread = perUnit(grid, values);
    expect(Array.from(spread.dataSync())).toEqual(Array.from(grid.groupOf));
    spread.dispose();
  });

  it('of squares are right to 1e-6 of 150,528 units', () => {
    const values = new Float32Array(2 * 224 * 224 * 3);
    new Random('large').fillNormal(values);
    const [batch, n] = [tf.tensor4d(values, [2, 224, 224, 3]), 224 * 224 * 3];
    const sums = sumsOfSquares(batch);
    sums.dataSync().forEach((sum, b) => {
      let exact = 0;
      for (let i = b * n; i < (b + 1) * n; i++) exact += values[i]! ** 2;
      expect(Math.abs(sum / exact - 1)).toBeLessThan(2e-6);
    });
    tf.dispose([batch, sums]);
  });
});
