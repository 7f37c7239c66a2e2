// Configuration of LMDB for the store. Imported when the first store is opened.
import type * as lmdb from 'lmdb';
import { createRequire } from 'node:module';
import { reserveLockFile } from './lock-file.ts';

export type Database = lmdb.RootDatabase<Buffer, Buffer>;

/** Name of the data file in the folder of a database. */
export const INDEX = 'data.mdb';
/** Largest number of concurrent readers: one per process and open database. LMDB's default is 126. */
const MAX_READERS = 1024;
/**
 * Initial size of the memory map in bytes. The map grows when needed. It starts large, because growing requires a new
 * mapping, while unused address space costs nothing.
 */
const MAP_BYTES = 256 * 2 ** 20;

/** Opens a database. No other process may be committing meanwhile: see gate.ts. */
export function openDatabase(folder: string, readOnly: boolean): Database {
  if (!readOnly) reserveLockFile(folder, MAX_READERS);
  return load().open<Buffer, Buffer>({
    path: folder,
    // the path is a folder even if its name contains a dot
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
    // lmdb-js clears the slots of dead processes when it opens the database and while it writes
    maxReaders: MAX_READERS,
    mapSize: MAP_BYTES,
    readOnly,
    // plain LMDB: a commit is on disk when it returns
    overlappingSync: false,
  });
}

/** Loads lmdb-js. `require` loads one bundled file, which is 15 ms faster than `import`. */
function load(): typeof lmdb {
  return createRequire(import.meta.url)('lmdb') as typeof lmdb;
}
