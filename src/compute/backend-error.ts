// What goes wrong with a backend through no fault of ours: errors that say what to do. They are the failures of src/runtime, which
// this room may not import.
import type { Failure } from '../runtime/contracts/failure.ts';

export class BackendError extends Error {
  override readonly name = 'FailureError';
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.headline);
    this.failure = failure;
  }
}
