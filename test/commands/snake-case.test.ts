import { expect, it } from 'vitest';
import { snakeKeys } from '../../src/commands/snake-case.ts';

it('renames keys, and leaves values alone', () => {
  expect(snakeKeys({ blobBytes: 1, vjpPerSecond: { perSecond: 2 }, runs: 'aB' })).toEqual({
    blob_bytes: 1,
    vjp_per_second: { perSecond: 2 },
    runs: 'aB',
  });
});
