import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killRounds, openingRounds } from '../engine/kill-rounds.ts';
import { temporaryFolder } from './temporary-store.ts';

test.each([0, 5, 10])(
  'whatever the moment of a kill, every acknowledged result is there and whole (rounds from %i)',
  async (first) => {
    const report = await killRounds(join(temporaryFolder(), 'cache'), 5, first);
    expect(report.problems).toEqual([]);
    expect(report.acknowledged).toBeGreaterThanOrEqual(10);
  },
);

test('processes that open the cache while others write lose no result', async () => {
  const report = await openingRounds(join(temporaryFolder(), 'cache'), 4);
  expect(report.problems).toEqual([]);
  expect(report.acknowledged).toBeGreaterThan(30);
});
