// Tells which failure an error of the file system or of LMDB amounts to.
import { statfsSync } from 'node:fs';
import { FailureError, failure } from '../contracts/failure.ts';
import type { Failure } from '../contracts/failure.ts';

/** Codes of `errno` and of LMDB (MDB_MAP_FULL) that mean there is no room. */
const FULL = new Set<unknown>(['ENOSPC', 'EDQUOT', 28, 122, -30792]);

export function isDiskFull(error: unknown): boolean {
  const { code, errno, message } = error as { code?: unknown; errno?: unknown; message?: unknown };
  if (FULL.has(code) || FULL.has(errno)) return true;
  return typeof message === 'string' && /MDB_MAP_FULL|ENOSPC|no space left|quota exceeded/i.test(message);
}

/** Bytes an ordinary user may still write in the file system of `folder`; undefined where the system does not tell. */
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

/** The failure `disk-full` or `cache-read-only` for an error that means it; any other error itself. */
export function storeError(folder: string, error: unknown): unknown {
  if (error instanceof FailureError) return error;
  if (isDiskFull(error)) return new FailureError(diskFull(folder));
  const { code } = error as { code?: unknown };
  if (code === 'EROFS' || code === 'EACCES') return new FailureError(failure('cache-read-only', { cache: folder }));
  return error;
}

/** The same for a failed commit of the index. LMDB reports a write that stopped short for want of room as an I/O error. */
export function commitError(folder: string, error: unknown): unknown {
  const { code } = error as { code?: unknown };
  const cramped = (freeBytes(folder) ?? Infinity) < 2 ** 20;
  return code === 5 && cramped ? new FailureError(diskFull(folder)) : storeError(folder, error);
}
