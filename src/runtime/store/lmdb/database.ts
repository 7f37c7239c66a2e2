// LMDB as the store uses it. Loaded when the first store is opened.
import type * as lmdb from 'lmdb';
import { createRequire } from 'node:module';
import { reserveLockFile } from './lock-file.ts';

export type Database = lmdb.RootDatabase<Buffer, Buffer>;

/** Name of the data file in the folder of a database. */
export const INDEX = 'data.mdb';
/** Slots for concurrent readers, one per process and open database: far more than the 126 of LMDB's default. */
const MAX_READERS = 1024;
/** Grows by itself when needed; address space costs nothing, growing costs a mapping. */
const MAP_BYTES = 256 * 2 ** 20;

/** Other processes must not be committing meanwhile: see gate.ts. */
export function openDatabase(folder: string, readOnly: boolean): Database {
  if (!readOnly) reserveLockFile(folder, MAX_READERS);
  return load().open<Buffer, Buffer>({
    path: folder,
    // The folder is one even if its name has a dot.
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
    // Slots of processes that died are cleared by lmdb-js, at opening and while it writes.
    maxReaders: MAX_READERS,
    mapSize: MAP_BYTES,
    readOnly,
    // Plain LMDB: a commit is on disk when it returns.
    overlappingSync: false,
  });
}

/** `require` loads one bundled file, which is 15 ms faster than `import`. */
function load(): typeof lmdb {
  return createRequire(import.meta.url)('lmdb') as typeof lmdb;
}
