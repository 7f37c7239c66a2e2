// The folder of `--out`: made before anything is computed, so that a mistake shows early.
import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { failure } from '../runtime/contracts/failure.ts';
import type { Failure } from '../runtime/contracts/failure.ts';
import { makeFolder } from '../runtime/contracts/make-folder.ts';

/** Makes the folder if there is none; returns a failure if it cannot be written. */
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

/** The failure for an error of the file system; errors of another sort are thrown again. */
export function outFailure(folder: string, error: unknown): Failure {
  const { code = '', message, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined && code !== 'ERR_FS_EISDIR') throw error; // which Node itself reports, without a system call
  return failure('out-unusable', { folder, why: message, code });
}
