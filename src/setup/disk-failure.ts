// Converts errors of the file system during a setup to failures.
import path from 'node:path';
import { failure } from '../runtime/contracts/failure.ts';
import type { Failure } from '../runtime/contracts/failure.ts';
import { diskFull } from './check-machine.ts';

/** Returns true for errors of the operating system, and false for damaged data and for bugs. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && (error as NodeJS.ErrnoException).syscall !== undefined;
}

/**
 * Converts an error of the file system to a failure.
 * @throws the error itself if it has no error code, because such an error is a bug
 */
export function diskFailure(error: unknown, folder: string, roomNeeded: number): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(path.dirname(folder), roomNeeded);
  return failure('setup-failed', { folder, why: message });
}
