// Creates the folder of `--out` before anything is computed, so that a mistake is reported early.
import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { failure } from '../runtime/contracts/failure.ts';
import type { Failure } from '../runtime/contracts/failure.ts';
import { makeFolder } from '../runtime/contracts/make-folder.ts';

/** Creates the folder if it does not exist. Returns a failure if it cannot be written to, else undefined. */
export function prepareOutFolder(folder: string): Failure | undefined {
  const path = resolve(folder);
  try {
    makeFolder(path);
    accessSync(path, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return outFailure(path, error);
  }
}

/** Returns the failure for an error of the file system. Other errors are thrown again. */
export function outFailure(folder: string, error: unknown): Failure {
  const { code = '', message, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined && code !== 'ERR_FS_EISDIR') throw error; // This error has no system call, because Node itself reports it.
  return failure('out-unusable', { folder, why: message, code });
}
