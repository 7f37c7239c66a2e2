import { expect, test } from 'vitest';
import { BackendError } from '../../src/compute/backend-error.ts';
import { describeThrow } from '../../src/runtime/contracts/describe-throw.ts';

test('an error of a backend is a failure of the step, with its own reason and help', () => {
  const failure = { reason: 'gpu-lost', headline: 'the GPU was lost', help: 'Run again.' };
  const thrower = { step: 'sigma', node: 'optimize-sigma' };
  expect(describeThrow(new BackendError(failure), thrower)).toEqual({ ...failure, step: 'sigma' });
});
