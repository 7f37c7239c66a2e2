// The index of a store: one tree of binary keys in LMDB. A write is on disk when its promise resolves. The ledger
// stores bytes and converts errors to failures; it knows nothing of results, blobs or leases.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { FailureError, failure } from '../contracts/failure.ts';
import { isWritable } from './is-writable.ts';
import { Gate } from './lmdb/gate.ts';
import type { Database } from './lmdb/database.ts';
import { INDEX, openDatabase } from './lmdb/database.ts';
import { commitError, diskFull, freeBytes } from './store-failures.ts';

/** Bytes of disk space kept free, so that a full disk is noticed before a commit of the index fails. */
const RESERVE_BYTES = 256 * 1024;
/** Time for which a measurement of the free space is reused. */
const FREE_MILLISECONDS = 5;

export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

export interface RangeOptions {
  readonly reverse?: boolean;
  readonly limit?: number;
}

export interface Writes {
  get(key: Buffer): Buffer | undefined;
  set(key: Buffer, value: Buffer): void;
  unset(key: Buffer): void;
}

interface Job {
  /** Changes the index within the open transaction. */
  readonly act: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Ledger {
  readonly folder: string;
  readonly readOnly: boolean;
  private readonly db: Database;
  private readonly gate: Gate | undefined;
  /** Writes requested in this turn of the event loop. They are committed together at the end of the turn. */
  private jobs: Job[] = [];
  private closing: Promise<void> | undefined;
  private freeKnownUntil = 0;
  private free = 0;
  /** Bytes of writes that are not on disk yet. */
  private pending = 0;

  private constructor(folder: string, readOnly: boolean, db: Database, gate: Gate | undefined) {
    this.folder = folder;
    this.readOnly = readOnly;
    this.db = db;
    this.gate = gate;
  }

  /** Opens an existing index. */
  static async open(folder: string, readOnly: boolean): Promise<Ledger> {
    // If the lock file cannot be written to, LMDB changes nothing that other processes rely on, so no gate is needed.
    const gate = readOnly && !isWritable(Gate.lockFile(folder)) ? undefined : Gate.open(folder);
    try {
      const db = gate ? gate.pass(() => openDatabase(folder, readOnly)) : openDatabase(folder, readOnly);
      return new Ledger(folder, readOnly, db, gate);
    } catch (error) {
      await gate?.close();
      throw error;
    }
  }

  /**
   * Value of a key; undefined if the key does not exist. Reads within one turn of the event loop share a snapshot of
   * the index. A missing key is looked up again in a new snapshot, because another process may have committed it
   * meanwhile.
   */
  get(key: Buffer): Buffer | undefined {
    return this.db.getBinary(key) ?? (this.refresh(), this.db.getBinary(key));
  }

  has(key: Buffer): boolean {
    return this.db.doesExist(key) || (this.refresh(), this.db.doesExist(key));
  }

  /** Stores a value. It is durable once the promise resolves; the bytes must not be changed before. */
  put(key: Buffer, value: Buffer): Promise<void> {
    return this.write(() => void this.db.put(key, value), value.length);
  }

  remove(key: Buffer): Promise<void> {
    return this.write(() => void this.db.remove(key), 0);
  }

  /** Executes `action` while no other process writes, and returns its result. All its writes are committed together. */
  async transaction<T>(action: (writes: Writes) => T): Promise<T> {
    let outcome: { readonly value: T } | undefined;
    const writes: Writes = {
      get: (key) => this.db.getBinary(key),
      set: (key, value) => void this.db.put(key, value),
      unset: (key) => void this.db.remove(key),
    };
    await this.write(() => (outcome = { value: action(writes) }), 4096);
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
      // A backward range begins at `end`, which does not have the prefix.
      if (key.subarray(0, prefix.length).compare(prefix) !== 0) continue;
      if (left-- <= 0) return;
      yield { key, value };
    }
  }

  /** Makes the next read see everything that other processes have committed so far. */
  private refresh(): void {
    this.db.resetReadTxn();
  }

  /** Size of the index file. */
  get bytes(): number {
    return statSync(join(this.folder, INDEX)).size;
  }

  /** Closes the index once all writes have ended, successful or not. */
  close(): Promise<void> {
    return (this.closing ??= this.shut());
  }

  private async shut(): Promise<void> {
    this.commit();
    await this.db.close();
    await this.gate?.close();
  }

  private write(act: () => void, bytes: number): Promise<void> {
    if (this.readOnly) return Promise.reject(new FailureError(failure('cache-read-only', { cache: this.folder })));
    if (this.closing) return Promise.reject(new Error(`the store in ${this.folder} is closed`));
    if (!this.hasRoom(bytes)) return Promise.reject(new FailureError(diskFull(this.folder)));
    this.pending += bytes;
    if (this.jobs.length === 0) setImmediate(() => this.commit());
    const written = new Promise<void>((resolve, reject) => this.jobs.push({ act, resolve, reject }));
    return written.finally(() => (this.pending -= bytes));
  }

  /**
   * Commits all waiting writes in one transaction. The asynchronous commits of lmdb-js are not used for two reasons.
   * They would hold the gate until JavaScript gets a turn, which may take long in a process that computes. And if an
   * asynchronous commit fails on a full disk, the process ends.
   */
  private commit(): void {
    const jobs = this.jobs.splice(0);
    if (jobs.length === 0 || !this.gate) return;
    const errors = new Map<Job, unknown>();
    const act = (job: Job): void => {
      try {
        job.act();
      } catch (error) {
        errors.set(job, error);
      }
    };
    try {
      this.gate.pass(() => this.db.transactionSync(() => jobs.forEach(act)));
      for (const job of jobs) {
        if (errors.has(job)) job.reject(commitError(this.folder, errors.get(job)));
        else job.resolve();
      }
    } catch (error) {
      // the first error is the cause; later ones follow from the failed transaction
      const [first] = errors.values();
      const refused = commitError(this.folder, first ?? error);
      for (const job of jobs) job.reject(refused);
    }
  }

  /**
   * True if the disk has room for a commit. This is checked beforehand, because LMDB prints to stderr when a commit
   * fails.
   */
  private hasRoom(bytes: number): boolean {
    const now = performance.now();
    if (now > this.freeKnownUntil) {
      this.free = freeBytes(this.folder) ?? Infinity;
      this.freeKnownUntil = now + FREE_MILLISECONDS;
    }
    // The factor 1.5 allows for writing whole pages, and for rewriting pages of the tree.
    return this.free >= RESERVE_BYTES + 1.5 * (this.pending + bytes);
  }
}
