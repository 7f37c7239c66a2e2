// The LMDB environment of a store: one tree of binary keys, whose writes are durable when their promise resolves. It knows
// neither results nor blobs nor leases; it only keeps bytes, and says what is wrong in our terms.
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as lmdb from 'lmdb';
import { FailureError } from './failure.ts';
import { reserveLockFile } from './lock-file.ts';
import { commitError, diskFull, freeBytes, readOnlyCache } from './store-failures.ts';

/** Slots for concurrent readers, one per process and open cache: far more than the 126 of LMDB's default. */
const MAX_READERS = 1024;
/** Grows by itself when needed; address space costs nothing, growing costs a mapping. */
const MAP_BYTES = 256 * 2 ** 20;
/** Kept free, so that a full disk is noticed before the index runs into it. */
const RESERVE_BYTES = 256 * 1024;
/** How long an answer about free space is good for. */
const FREE_MILLISECONDS = 5;

/** Name of the index file in a cache folder. */
export const INDEX = 'data.mdb';

export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

export interface RangeOptions {
  readonly reverse?: boolean;
  readonly limit?: number;
}

export class Ledger {
  readonly folder: string;
  readonly readOnly: boolean;
  private readonly db: lmdb.RootDatabase<Buffer, Buffer>;
  private closing: Promise<void> | undefined;
  private freeKnownUntil = 0;
  /** Bytes asked to be written that are not on disk yet. */
  private pending = 0;
  private readonly writing = new Set<Promise<void>>();
  private free = 0;

  constructor(folder: string, readOnly: boolean) {
    this.folder = folder;
    this.readOnly = readOnly;
    if (!readOnly) reserveLockFile(folder, MAX_READERS);
    this.db = loadLmdb().open<Buffer, Buffer>({
      path: folder,
      // The folder is one even if its name has a dot.
      noSubdir: false,
      encoding: 'binary',
      keyEncoding: 'binary',
      // Slots of processes that died are cleared by lmdb-js, at opening and while it writes.
      maxReaders: MAX_READERS,
      mapSize: MAP_BYTES,
      readOnly,
      // Plain LMDB: a commit is on disk when its promise resolves. With the overlapping sync that is the default of lmdb-js, a process
      // that opens the index while another writes may begin from an older state, and undo what the other had been told was kept.
      overlappingSync: false,
      // Its batches begin with a write of their own whose promise nobody gets: if the commit fails, that ends the process.
      eventTurnBatching: false,
    });
  }

  get(key: Buffer): Buffer | undefined {
    return this.db.getBinary(key);
  }

  has(key: Buffer): boolean {
    return this.db.doesExist(key);
  }

  /** Durable once resolved. The bytes must not be changed before. */
  put(key: Buffer, value: Buffer): Promise<void> {
    return this.write(() => this.db.put(key, value), value.length);
  }

  remove(key: Buffer): Promise<void> {
    return this.write(() => this.db.remove(key), 0);
  }

  /** Runs `action`, which may read and `set`/`unset`, alone among all processes; its writes happen together. */
  async transaction<T>(action: (writes: Writes) => T): Promise<T> {
    let outcome: { readonly value: T } | undefined;
    const writes: Writes = {
      get: (key) => this.db.getBinary(key),
      set: (key, value) => void this.db.put(key, value),
      unset: (key) => void this.db.remove(key),
    };
    await this.write(() => this.db.transaction(() => (outcome = { value: action(writes) })), 4096);
    // What others committed meanwhile is visible to our next read.
    this.db.resetReadTxn();
    if (!outcome) throw new Error('a transaction did not run');
    return outcome.value;
  }

  /** Entries whose key begins with `prefix`, in key order. */
  *range(prefix: Buffer, { reverse = false, limit = Infinity }: RangeOptions = {}): Generator<Entry> {
    const end = Buffer.from(prefix);
    end[end.length - 1] = (end[end.length - 1] ?? 0) + 1;
    const [from, to] = reverse ? [end, prefix] : [prefix, end];
    let left = limit;
    for (const { key, value } of this.db.getRange({ start: from, end: to, reverse, inclusiveEnd: reverse })) {
      // A range backwards begins at its end, which is not part of it.
      if (key.subarray(0, prefix.length).compare(prefix) !== 0) continue;
      if (left-- <= 0) return;
      yield { key, value };
    }
  }

  /** Size of the index file. */
  get bytes(): number {
    return statSync(join(this.folder, INDEX)).size;
  }

  close(): Promise<void> {
    return (this.closing ??= this.shut());
  }

  private async shut(): Promise<void> {
    await Promise.allSettled(this.writing);
    await this.db.close();
  }

  private write(begin: () => Promise<unknown>, bytes: number): Promise<void> {
    const writing = this.commit(begin, bytes).finally(() => this.writing.delete(writing));
    this.writing.add(writing);
    return writing;
  }

  private async commit(begin: () => Promise<unknown>, bytes: number): Promise<void> {
    if (this.readOnly) throw new FailureError(readOnlyCache(this.folder));
    this.requireRoom(bytes);
    this.pending += bytes;
    try {
      await begin();
    } catch (error) {
      throw commitError(this.folder, await causeOf(error));
    } finally {
      this.pending -= bytes;
    }
  }

  /** Refuses early when the disk is nearly full: a commit that fails half-way makes noise on stderr. */
  private requireRoom(bytes: number): void {
    const now = performance.now();
    if (now > this.freeKnownUntil) {
      this.free = freeBytes(this.folder) ?? Infinity;
      this.freeKnownUntil = now + FREE_MILLISECONDS;
    }
    // Values lie on whole pages, and pages on the way to them are written anew.
    if (this.free < RESERVE_BYTES + 1.5 * (this.pending + bytes)) throw new FailureError(diskFull(this.folder));
  }
}

export interface Writes {
  get(key: Buffer): Buffer | undefined;
  set(key: Buffer, value: Buffer): void;
  unset(key: Buffer): void;
}

/** `require` loads one bundled file, which is 15 ms faster than `import`. */
function loadLmdb(): typeof lmdb {
  return createRequire(import.meta.url)('lmdb') as typeof lmdb;
}

/** The error behind a failed commit: lmdb-js hands it out as a promise that is rejected with it. */
async function causeOf(error: unknown): Promise<unknown> {
  try {
    await (error as { commitError?: Promise<unknown> }).commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}
