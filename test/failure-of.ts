// The failure that a promise or function ends with, for tests of bad input. Anything else is an error of the test.
import { FailureError, type Failure } from '../src/runtime/contracts/failure.ts';

export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error: unknown = await work.then(
    () => 'it succeeded',
    (reason: unknown) => reason,
  );
  if (!(error instanceof FailureError))
    throw new Error(`expected a failure: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
  return error.failure;
}
