// Converts errors of the file system and of LMDB to failures.
import { statfsSync } from 'node:fs';
import { FailureError, failure } from '../contracts/failure.ts';
import type { Failure } from '../contracts/failure.ts';

/** Error codes of the system and of LMDB (MDB_MAP_FULL) that mean a full disk. */
const FULL = new Set<unknown>(['ENOSPC', 'EDQUOT', 28, 122, -30792]);

export function isDiskFull(error: unknown): boolean {
  const { code, errno, message } = error as { code?: unknown; errno?: unknown; message?: unknown };
  if (FULL.has(code) || FULL.has(errno)) return true;
  return typeof message === 'string' && /MDB_MAP_FULL|ENOSPC|no space left|quota exceeded/i.test(message);
}

/**
 * Bytes that an ordinary user may still write in the file system of `folder`; undefined if the system does not report
 * it.
 */
export function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

export function diskFull(folder: string): Failure {
  return failure('disk-full', {
    holds: 'the cache',
    cache: folder,
    freeBytes: freeBytes(folder) ?? null,
    help: 'Free some space or drop old results with `lethe cache gc`, or name another folder with --cache, then run again: everything finished so far is cached.',
  });
}

/**
 * Converts an error that means a full disk or missing write permission to the failure `disk-full` or `cache-read-only`.
 * Returns any other error unchanged.
 */
export function storeError(folder: string, error: unknown): unknown {
  if (error instanceof FailureError) return error;
  if (isDiskFull(error)) return new FailureError(diskFull(folder));
  const { code } = error as { code?: unknown };
  if (code === 'EROFS' || code === 'EACCES') return new FailureError(failure('cache-read-only', { cache: folder }));
  return error;
}

/**
 * Converts the error of a failed commit of the index, as storeError does. An I/O error also counts as a full disk if
 * hardly any space is left, because LMDB reports an incomplete write as an I/O error.
 */
export function commitError(folder: string, error: unknown): unknown {
  const { code } = error as { code?: unknown };
  const cramped = (freeBytes(folder) ?? Infinity) < 2 ** 20;
  return code === 5 && cramped ? new FailureError(diskFull(folder)) : storeError(folder, error);
}
