// Correlated noise that remains after smoothing: compared with explicit sums, and for noise of known covariance.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { meanAndError } from '../../src/math/mean-and-error.ts';
import { NoiseCorrelation } from '../../src/math/noise-correlation.ts';
import { Random } from '../../src/math/random.ts';
import { createSigmaGrid } from '../../src/math/sigma-grid.ts';
import type { SigmaGrid } from '../../src/math/sigma-grid.ts';
import { WIDTHS, smoothField, smoothingAlong } from '../../src/math/smooth-field.ts';
import { useCpu } from './maps.ts';

beforeAll(useCpu);

const everywhere = ({ groups }: SigmaGrid): Float64Array => new Float64Array(groups).fill(1);

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function normals(name: string, count: number): Float64Array {
  const values = new Float64Array(count);
  new Random(name).fillNormal(values);
  return values;
}

function table(rows: readonly ArrayLike<number>[]): tf.Tensor2D {
  return tf.tensor2d(rows.map((row) => Array.from(row)));
}

describe('smoothingAlong', () => {
  it('equals smoothField if all groups are live', () => {
    const [rows, columns] = [7, 9];
    const y = normals('y', rows * columns);
    for (const width of WIDTHS) {
      const field = { planes: 1, rows, columns, live: new Uint8Array(y.length).fill(1) };
      const [down, across] = [smoothingAlong(rows, width), smoothingAlong(columns, width)];
      smoothField(y, field, width).values.forEach((value, g) => {
        const naive = y.reduce(
          (sum, other, h) =>
            sum + down[Math.floor(g / columns)]![Math.floor(h / columns)]! * across[g % columns]![h % columns]! * other,
          0,
        );
        expect(value).toBeCloseTo(naive, 12);
      });
    }
  });
});

describe('the noise that remains after smoothing', () => {
  it.each(['shared', 'separate'] as const)('is summed over samples and groups, channels %s', async (channels) => {
    const grid = createSigmaGrid([6, 9, 3], { grid: 'pixel', channels });
    const { planes, rows, columns, groups } = grid;
    const samples = 20;
    const counts = Float64Array.from({ length: groups }, (_, g) => Number(g % 5 !== 0));
    const [e, q] = ['e', 'q'].map((name) =>
      Array.from({ length: samples }, (_, s) => normals(`${name}/${s}`, groups).map((value) => 1 + value)),
    ) as [Float64Array[], Float64Array[]];
    const live = new Uint8Array(groups).fill(1);
    const noise = (rowsOf: Float64Array[], s: number): Float64Array =>
      rowsOf[s]!.map((value, g) => counts[g]! * (value - rowsOf.reduce((sum, row) => sum + row[g]! / samples, 0)));

    const before = tf.memory().numTensors;
    const tensors = [table(e), table(q), table([counts])] as const;
    const measured = new NoiseCorrelation(grid).measure(...tensors);
    const got = await measured.array();
    tf.dispose([...tensors, measured]);
    expect(tf.memory().numTensors).toBe(before);
    WIDTHS.forEach((width, k) => {
      let [squares, products] = [0, 0];
      for (let s = 0; s < 16; s++) {
        const { values } = smoothField(noise(e, s), { planes, rows, columns, live }, width);
        squares += dot(noise(e, s), values);
        products += dot(noise(q, s), values);
      }
      expect(got[0]![k]).toBeCloseTo(squares, 3);
      expect(got[1]![k]).toBeCloseTo(products, 3);
    });
  });

  it('follows from the covariance of the noise, of which both estimates share a part', async () => {
    const grid = createSigmaGrid([12, 12, 1], { grid: 'pixel', channels: 'shared' });
    const { planes, rows, columns, groups } = grid;
    const field = { planes, rows, columns, live: new Uint8Array(groups).fill(1) };
    const correlation = new NoiseCorrelation(grid);
    const batches: Float32Array[] = [];
    const counts = table([everywhere(grid)]);
    for (let batch = 0; batch < 100; batch++) {
      const common = Array.from({ length: 16 }, (_, s) => normals(`common/${batch}/${s}`, groups));
      const alike = common.map((white) => smoothField(white, field, 1).values); // covariance K K^T
      const e = alike.map((values, s) => {
        const own = normals(`own/${batch}/${s}`, groups);
        return values.map((value, g) => value + 0.3 * own[g]!);
      });
      const q = alike.map((values) => values.map((value) => 0.5 * value));
      const sums = tf.tidy(() => correlation.measure(table(e), table(q), counts));
      batches.push((await sums.data()) as Float32Array);
      correlation.add(batches.at(-1)!);
      sums.dispose();
    }
    counts.dispose();
    // cov(e) = K K^T + .09, cov(e, q) = .5 K K^T.
    const unit = (g: number): Float64Array => Float64Array.from({ length: groups }, (_, h) => Number(h === g));
    const columnsOf = (width: number): Float64Array[] =>
      Array.from({ length: groups }, (_, g) => smoothField(unit(g), field, width).values);
    const K = columnsOf(1); // K[g][h] = K_hg
    const rowsOfK = K.map((_, g) => K.map((column) => column[g]!));
    const covariance = rowsOfK.map((a) => rowsOfK.map((b) => dot(a, b)));
    const [ofE, ofDifference] = (['e', 'e - q'] as const).map((noise) => correlation.gains(noise, everywhere(grid)));
    WIDTHS.forEach((width, k) => {
      const S = columnsOf(width);
      let [smoothed, diagonal, trace] = [0, 0, 0]; // tr S K K^T, sum S_gg (K K^T)_gg, tr S
      for (let g = 0; g < groups; g++) {
        for (let h = 0; h < groups; h++) smoothed += S[h]![g]! * covariance[g]![h]!;
        diagonal += S[g]![g]! * covariance[g]![g]!;
        trace += S[g]![g]!;
      }
      const squares = meanAndError(batches.map((sums) => sums[k]! / 15)); // from 16 deviations from their mean
      const products = meanAndError(batches.map((sums) => sums[WIDTHS.length + k]! / 15));
      expect(Math.abs(squares.mean - (smoothed + 0.09 * trace))).toBeLessThan(4 * squares.error);
      expect(Math.abs(products.mean - 0.5 * smoothed)).toBeLessThan(4 * products.error);
      const gain = (factor: number): number => (factor * smoothed + 0.09 * trace) / (factor * diagonal + 0.09 * trace);
      expect(Math.abs(ofE![k]! / gain(1) - 1)).toBeLessThan((5 * squares.error) / squares.mean);
      expect(Math.abs(ofDifference![k]! / gain(0.5) - 1)).toBeLessThan((5 * squares.error) / squares.mean);
    });
    correlation.forget();
    expect(Array.from(correlation.gains('e', everywhere(grid)))).toEqual(WIDTHS.map(() => 1));
  });
});
