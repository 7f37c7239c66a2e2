// The lock file of an index, created before LMDB opens it.
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Size of the header, at least as large as LMDB needs. A cache line per reader follows it. */
const HEADER_BYTES = 8192;
const READER_BYTES = 64;

/**
 * Allocates the disk blocks of the lock file before any process maps it. LMDB would create a sparse file, and on a full
 * disk the first write to a hole of a mapped file ends the process with SIGBUS. LMDB initialises the content itself,
 * under a lock.
 */
export function reserveLockFile(folder: string, readers: number): void {
  const path = join(folder, 'lock.mdb');
  if (existsSync(path)) return;
  const temporary = join(folder, `lock.${process.pid}.${process.hrtime.bigint()}.tmp`);
  try {
    const file = openSync(temporary, 'wx');
    try {
      // writes everything or throws; a single write call may stop early
      writeFileSync(file, Buffer.alloc(HEADER_BYTES + readers * READER_BYTES));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    linkSync(temporary, path);
  } catch (error) {
    // Either another process was first, or hard links are not supported here and LMDB creates the file itself.
    const { code } = error as { code?: string };
    if (code !== 'EEXIST' && code !== 'EPERM' && code !== 'ENOTSUP') throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}
