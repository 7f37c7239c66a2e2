// What can go wrong with a store through no fault of ours, worded once. Deciding which of them happened is also here.
import { statfsSync } from 'node:fs';
import { FailureError } from '../contracts/failure.ts';
import type { Failure } from '../contracts/failure.ts';

/** Codes of `errno` and of LMDB (MDB_MAP_FULL) that say there is no room. */
const FULL = new Set<unknown>(['ENOSPC', 'EDQUOT', 28, 122, -30792]);

export function isDiskFull(error: unknown): boolean {
  const { code, errno, message } = error as { code?: unknown; errno?: unknown; message?: unknown };
  if (FULL.has(code) || FULL.has(errno)) return true;
  return typeof message === 'string' && /MDB_MAP_FULL|ENOSPC|no space left|quota exceeded/i.test(message);
}

/** Bytes an ordinary user may still write in the file system of `folder`; undefined where it cannot be told. */
export function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

export function diskFull(folder: string): Failure {
  const free = freeBytes(folder);
  return {
    reason: 'disk-full',
    headline: 'the disk that holds the cache is full',
    values: { cache: folder, ...(free === undefined ? {} : { 'free bytes': free }) },
    help: 'Free some space or drop old results with `lethe cache gc`, or name another folder with --cache, then run again: everything finished so far is kept.',
  };
}

export function readOnlyCache(folder: string): Failure {
  return {
    reason: 'cache-read-only',
    headline: 'the cache folder cannot be written to',
    values: { cache: folder },
    help: 'Make the folder writable, or name another one with --cache or LETHE_CACHE.',
  };
}

export function newerCache(
  folder: string,
  found: { readonly format: number; readonly lethe: string },
  own: number,
): Failure {
  return {
    reason: 'cache-newer',
    headline: 'the cache was written by a newer version of Lethe',
    values: { cache: folder, 'its format': `${found.format} (Lethe ${found.lethe})`, 'format known here': own },
    help: 'Update Lethe, or name another folder with --cache or LETHE_CACHE.',
  };
}

export function notACache(folder: string, why: string): Failure {
  return {
    reason: 'not-a-cache',
    headline: `this is not a cache of Lethe: ${why}`,
    values: { cache: folder },
    help: 'Name an empty or new folder with --cache or LETHE_CACHE.',
  };
}

export function damagedCache(folder: string, why: string): Failure {
  return {
    reason: 'cache-damaged',
    headline: 'the index of the cache is damaged and cannot be read',
    values: { cache: folder, why },
    help: 'Delete the folder: everything in it can be computed again.',
  };
}

export function uselessCache(folder: string, error: unknown): Failure {
  return {
    reason: 'cache-unusable',
    headline: 'the cache folder cannot be opened',
    values: { cache: folder, why: error instanceof Error ? error.message : String(error) },
    help: 'Name another folder with --cache or LETHE_CACHE.',
  };
}

/** Turns "no room" and "not writable" into the failures they are; other errors stay what they are. */
export function storeError(folder: string, error: unknown): unknown {
  if (error instanceof FailureError) return error;
  if (isDiskFull(error)) return new FailureError(diskFull(folder));
  const { code } = error as { code?: unknown };
  if (code === 'EROFS' || code === 'EACCES') return new FailureError(readOnlyCache(folder));
  return error;
}

/** What a failed commit of the index comes down to. LMDB calls a write that stopped short for want of room an I/O error. */
export function commitError(folder: string, error: unknown): unknown {
  const { code } = error as { code?: unknown };
  const cramped = (freeBytes(folder) ?? Infinity) < 2 ** 20;
  return code === 5 && cramped ? new FailureError(diskFull(folder)) : storeError(folder, error);
}
