// The lock file of an index, made before LMDB opens it.
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** At least what LMDB needs: a header, and a cache line for each reader. */
const HEADER_BYTES = 8192;
const READER_BYTES = 64;

/**
 * Gives the lock file its blocks before anybody maps it. LMDB would make it sparse, and the first write to a hole of a mapped file
 * on a full disk ends the process with SIGBUS. LMDB initialises the file itself, under a lock, when it opens it as the first.
 */
export function reserveLockFile(folder: string, readers: number): void {
  const path = join(folder, 'lock.mdb');
  if (existsSync(path)) return;
  const temporary = join(folder, `lock.${process.pid}.${process.hrtime.bigint()}.tmp`);
  try {
    const file = openSync(temporary, 'wx');
    try {
      // All of it, or an error: a single write may stop short.
      writeFileSync(file, Buffer.alloc(HEADER_BYTES + readers * READER_BYTES));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    linkSync(temporary, path);
  } catch (error) {
    // Somebody else was first; or there are no hard links here, and LMDB makes the file its own way.
    const { code } = error as { code?: string };
    if (code !== 'EEXIST' && code !== 'EPERM' && code !== 'ENOTSUP') throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}
