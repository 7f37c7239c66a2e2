import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSigmaGrid, expand, regroup, pixelMap } from '../../src/math/sigma-grid.ts';
import { pool } from './naive-pool.ts';

const side = fc.integer({ min: 1, max: 9 });

describe('createSigmaGrid', () => {
  it('gives each pixel a group shared by the channels, by default', () => {
    const grid = createSigmaGrid([2, 3, 3], { grid: 'pixel', channels: 'shared' });
    expect([grid.groups, grid.units, grid.planes, grid.rows, grid.columns]).toEqual([6, 18, 1, 2, 3]);
    expect(Array.from(grid.groupOf)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5]);
    expect(Array.from(grid.unitsOf)).toEqual([3, 3, 3, 3, 3, 3]);
    expect(grid.name).toBe('pixel/shared');
  });

  it('puts the channels into planes of their own where they are separate', () => {
    const grid = createSigmaGrid([1, 2, 2], { grid: 'pixel', channels: 'separate' });
    expect(Array.from(grid.groupOf)).toEqual([0, 2, 1, 3]);
  });

  it('lays blocks as nearest-neighbour upsampling does', () => {
    const grid = createSigmaGrid([5, 4, 1], { grid: '2x2', channels: 'shared' });
    const rows = [0, 0, 0, 1, 1];
    const columns = [0, 0, 1, 1];
    const naive = rows.flatMap((row) => columns.map((column) => 2 * row + column));
    expect(Array.from(grid.groupOf)).toEqual(naive);
    expect(Array.from(grid.unitsOf)).toEqual([6, 6, 4, 4]);
  });

  it('leaves no block empty, and counts every unit once', () => {
    fc.assert(
      fc.property(side, side, side, side, fc.boolean(), (height, width, r, c, shared) => {
        const options = {
          grid: `${Math.min(r, height)}x${Math.min(c, width)}`,
          channels: shared ? 'shared' : 'separate',
        } as const;
        const grid = createSigmaGrid([height, width, 2], options);
        expect(Math.min(...grid.unitsOf)).toBeGreaterThan(0);
        expect(grid.unitsOf.reduce((a, b) => a + b, 0)).toBe(grid.units);
      }),
    );
  });

  it('rejects blocks finer than the pixels, and unknown names', () => {
    expect(() => createSigmaGrid([4, 4, 3], { grid: '8x4', channels: 'shared' })).toThrow('finer than an image of 4x4');
    expect(() => createSigmaGrid([4, 4, 3], { grid: '0x4', channels: 'shared' })).toThrow('not "0x4"');
  });
});

describe('pool, expand and pixelMap', () => {
  it('sum up, broadcast, and average over channels', () => {
    const grid = createSigmaGrid([1, 2, 2], { grid: 'pixel', channels: 'separate' });
    expect(Array.from(expand(grid, [1, 2, 3, 4]))).toEqual([1, 3, 2, 4]);
    expect(Array.from(pixelMap(grid, [1, 2, 3, 4]))).toEqual([2, 3]);
    const shared = createSigmaGrid([1, 2, 2], { grid: 'pixel', channels: 'shared' });
    expect(Array.from(pool(shared, [9, 1, 2, 3, 4], 1))).toEqual([3, 7]);
    expect(Array.from(pixelMap(shared, [5, 6]))).toEqual([5, 6]);
  });
});

describe('regroup', () => {
  it('agrees with the mean over the units of each group, written out', () => {
    fc.assert(
      fc.property(side, side, side, side, fc.boolean(), (height, width, r, c, shared) => {
        const shape = [height, width, 2] as const;
        const [rows, columns] = [Math.min(r, height), Math.min(c, width)];
        const from = createSigmaGrid(shape, { grid: 'pixel', channels: 'separate' });
        const to = createSigmaGrid(shape, {
          grid: `${rows}x${columns}`,
          channels: shared ? 'shared' : 'separate',
        });
        const values = Array.from({ length: from.groups }, (_, unit) => Math.sin(unit));
        const got = regroup(from, values, to);
        // Units go [row, column, channel], and the groups of `from` [channel, row, column].
        const ofUnits = Array.from({ length: from.units }, (_, unit) => {
          const [channel, pixel] = [unit % 2, Math.floor(unit / 2)];
          return values[channel * height * width + pixel]!;
        });
        for (let g = 0; g < to.groups; g++) {
          const members = ofUnits.filter((_, unit) => to.groupOf[unit] === g);
          expect(got[g]).toBeCloseTo(members.reduce((a, b) => a + b, 0) / members.length, 12);
        }
      }),
    );
  });

  it('spreads the values of a coarse grid over a fine one, and brings them back', () => {
    const coarse = createSigmaGrid([4, 6, 3], { grid: '2x3', channels: 'shared' });
    const fine = createSigmaGrid([4, 6, 3], { grid: 'pixel', channels: 'separate' });
    const values = [3, -1, 4, 1, -5, 9];
    const spread = regroup(coarse, values, fine);
    expect(spread[0]).toBe(3);
    expect(spread.at(-1)).toBe(9);
    regroup(fine, spread, coarse).forEach((value, g) => expect(value).toBeCloseTo(values[g]!, 12));
  });
});
