// Errors of the file system during a setup, as failures.
import path from 'node:path';
import { failure } from '../runtime/contracts/failure.ts';
import type { Failure } from '../runtime/contracts/failure.ts';
import { diskFull } from './check-machine.ts';

/** True where the operating system refused something; false for damaged bytes and for mistakes of ours. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && (error as NodeJS.ErrnoException).syscall !== undefined;
}

/** @throws the error itself where it does not come from the file system: then it is a mistake of ours */
export function diskFailure(error: unknown, folder: string, roomNeeded: number): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(path.dirname(folder), roomNeeded);
  return failure('setup-failed', { folder, why: message });
}
