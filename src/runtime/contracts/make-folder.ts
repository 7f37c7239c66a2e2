// Creates a folder with its parents. Node's `mkdir` with `recursive` is not used, because it never returns if the
// system reports an existing parent as missing, as happens below /proc.
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates `path` and the missing folders above it.
 * @throws the system's error, such as ENOTDIR, EACCES, EROFS or ENOSPC; EEXIST if a file has this path
 */
export function makeFolder(path: string): void {
  if (isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have created the folder in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder(path)) throw error;
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
