import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killRounds } from '../runtime/kill-rounds.ts';
import { temporaryFolder } from '../runtime/temporary-store.ts';

test('200 kills of two writers: every acknowledged result is there and whole', async () => {
  // On ten caches, so that each round does not check all that went before.
  let acknowledged = 0;
  for (let i = 0; i < 10; i++) {
    const report = await killRounds(join(temporaryFolder(), 'cache'), 20, i * 20);
    expect(report.problems).toEqual([]);
    acknowledged += report.acknowledged;
  }
  console.log(`200 kills, ${acknowledged} acknowledged results, none lost`);
});
