import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startChild } from '../runtime/engine/child.ts';
import { killRounds, openingRounds } from '../runtime/engine/kill-rounds.ts';
import { open, temporaryFolder } from '../runtime/store/temporary-store.ts';

test('after 200 kills of two writers, every acknowledged result exists and is complete', async () => {
  // on ten caches, so that a round does not check the results of all earlier ones
  let acknowledged = 0;
  for (let i = 0; i < 10; i++) {
    const report = await killRounds(join(temporaryFolder(), 'cache'), 20, i * 20);
    expect(report.problems).toEqual([]);
    acknowledged += report.acknowledged;
  }
  console.log(`200 kills, ${acknowledged} acknowledged results, none lost`);
});

test('after 60 kills of two processes that create the cache, it opens and stores results', async () => {
  const patient = await startChild(['open', join(temporaryFolder(), 'cache')]);
  const began = performance.now();
  await patient.next();
  const usual = performance.now() - began;
  await patient.ended();
  for (let round = 0; round < 60; round++) {
    const folder = join(temporaryFolder(), 'cache');
    const makers = await Promise.all([startChild(['open', folder]), startChild(['open', folder])]);
    // between the start of the processes and about their end
    await sleep((2 * usual * round) / 60);
    await Promise.all(makers.map((maker) => maker.kill()));
    const store = await open(folder);
    const digest = await store.put(Buffer.from('after'));
    expect(Buffer.from((await store.get(digest))!).toString()).toBe('after');
    await store.close();
  }
});

test('600 processes that open the cache while others write lose no result', async () => {
  const report = await openingRounds(join(temporaryFolder(), 'cache'), 300);
  expect(report.problems).toEqual([]);
  console.log(`600 visitors, ${report.acknowledged} acknowledged results and blobs, none lost`);
});
