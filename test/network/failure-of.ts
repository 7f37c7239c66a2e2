// The failure that a call throws; the test fails if it does not throw one.
import { FailureError } from '../../src/runtime/contracts/failure.ts';
import type { Failure } from '../../src/runtime/contracts/failure.ts';

export async function failureOf(call: () => unknown): Promise<Failure> {
  try {
    await call();
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error('expected a failure');
}
