// The folder of `--out`: made before anything is computed, so that a wrong one is known in time; and what to say where it fails.
import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import type { Failure } from '../runtime/contracts/failure.ts';
import { makeFolder } from '../runtime/contracts/make-folder.ts';

/** What the system says when a folder cannot be used, and what a user can do about it. */
const HELP: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free some space or name a folder on another disk with --out, then run again.',
  EDQUOT: 'Your quota is used up: free some space or name a folder on another disk with --out, then run again.',
  EACCES: 'You may not write there: name another folder with --out.',
  EPERM: 'You may not write there: name another folder with --out.',
  EROFS: 'This file system is read-only: name another folder with --out.',
  EEXIST: 'A file is in the way: move it, or name another folder with --out.',
  ENOTDIR: 'A file is in the way: move it, or name another folder with --out.',
  ERR_FS_EISDIR: 'A folder of that name is in the way: move it, or name another folder with --out.',
  ENOENT: 'It cannot be made there: name another folder with --out.',
  ENAMETOOLONG: 'The name is too long: name another folder with --out.',
};

/** Makes the folder if need be; a failure where nothing could be written into it. */
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

/** The failure that an error of the file system is; errors of another sort are thrown again. */
export function outFailure(folder: string, error: unknown): Failure {
  const { code = '', message, syscall } = error as NodeJS.ErrnoException;
  const help = HELP[code] ?? (syscall === undefined ? undefined : 'Name another folder with --out.');
  if (help === undefined) throw error;
  return {
    reason: 'out-unusable',
    headline: 'the outputs cannot be written to the folder of --out',
    values: { folder, why: message },
    help: `${help} What is computed is kept.`,
  };
}
