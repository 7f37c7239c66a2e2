// Failures for workers that ended unexpectedly.
import { expect, it } from 'vitest';
import { describeExit } from '../../../src/runtime/workers/worker-exit.ts';

it('distinguishes out of memory from other exits', () => {
  expect(
    describeExit(
      {
        code: null,
        signal: 'SIGABRT',
        lines: ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'],
      },
      undefined,
    ).reason,
  ).toBe('out-of-memory');
  expect(describeExit({ code: null, signal: 'SIGKILL', lines: [], peak: 3 * 2 ** 30 }, undefined).values).toMatchObject(
    {
      'largest memory seen': '3.0 GiB',
    },
  );
  expect(describeExit({ code: 1, signal: null, lines: ['Error: x'] }, undefined)).toMatchObject({
    reason: 'worker-died',
    values: { ended: 'exit code 1', 'last lines': 'Error: x' },
  });
});
