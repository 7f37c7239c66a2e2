// The store: results under their keys, blobs under their digests, leases and small documents. This file says what a store does and
// opens one; the parts are ledger.ts (LMDB), blob-files.ts, leases.ts, and local-store.ts, which puts them together.
import { accessSync, constants, existsSync, linkSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Artifact, Digest, Key } from './artifact.ts';
import type { Failure, Result } from './failure.ts';
import { FailureError } from './failure.ts';
import { examineIndex } from './index-header.ts';
import type { ActionRecord } from './keys.ts';
import { INDEX, Ledger } from './ledger.ts';
import { LocalStore } from './local-store.ts';
import { FORMAT_KEY, packJson, unpackJson } from './records.ts';
import { damagedCache, newerCache, notACache, readOnlyCache, storeError, uselessCache } from './store-failures.ts';

/** What is kept under the key of an action. */
export interface ResultRecord {
  /** The pre-image of the key, for `why`. */
  readonly action: ActionRecord;
  /** By output; `table` is the digest of the Arrow file of a table artifact. The result of an item has one: `rows`, of kind `rows`. */
  readonly outputs: Readonly<Record<string, Artifact & { readonly table?: Digest }>>;
  readonly seconds: number;
  /** ISO time. */
  readonly finished: string;
  readonly environment: {
    readonly lethe: string;
    readonly node: string;
    readonly platform: string;
    readonly host: string;
    readonly backend: string | null;
  };
}

/** Small documents: memo (parsing, linking), files (stat memo), traces (last run of each pipeline), runs, checkpoints, rates. */
export type DocTable = 'memo' | 'files' | 'traces' | 'runs' | 'checkpoints' | 'rates';

export interface Store {
  /** Absolute. */
  readonly folder: string;
  readonly readOnly: boolean;
  /**
   * Keeps bytes under their digest; durable once resolved. Small blobs go into the index, large ones and those that need a path
   * (`asFile`) become files. Putting again what is there costs a check and mends a damaged copy. The bytes must not be changed
   * before the promise resolves.
   *
   * @throws FailureError `disk-full`, `cache-read-only`.
   */
  put(bytes: Uint8Array, options?: { readonly asFile?: true }): Promise<Digest>;
  /** Bytes that are what their digest says; a damaged blob is reported, set aside, and then as good as missing. */
  get(digest: Digest): Promise<Uint8Array | undefined>;
  /** Whether there is such a blob. Reads no content. */
  has(digest: Digest): boolean;
  /** Absolute path of a blob that is a file. Reads no content. */
  path(digest: Digest): string | undefined;
  /** What is recorded under a key. Says nothing about whether its blobs are still there and right. */
  result(key: Key): ResultRecord | undefined;
  /** Durable once resolved; to be called when all `put` of its blobs have resolved. */
  record(key: Key, record: ResultRecord): Promise<void>;
  forget(key: Key): Promise<void>;
  /**
   * Leases keys in one transaction, and returns those that are ours now; the others belong to a living process. What that one
   * recorded before it released is visible to `result` afterwards, so ask again before computing.
   */
  acquire(keys: readonly Key[]): Promise<ReadonlySet<Key>>;
  release(keys: readonly Key[]): Promise<void>;
  doc<T>(table: DocTable, id: string): T | undefined;
  setDoc(table: DocTable, id: string, value: unknown): Promise<void>;
  removeDoc(table: DocTable, id: string): Promise<void>;
  /** In the order of ids. */
  docs<T>(table: DocTable, options?: { readonly reverse?: boolean; readonly limit?: number }): Iterable<{ readonly id: string; readonly value: T }>;
  /** For gc, verify and statistics. */
  readonly contents: StoreContents;
  /** Gives leases back and closes the index. */
  close(): Promise<void>;
}

/** One stored copy of a blob; `path` is that of the file, or null for one in the index. */
export interface StoredBlob {
  readonly digest: Digest;
  readonly path: string | null;
  readonly bytes: number;
  /** When it was last put, in seconds since the epoch. */
  readonly touched: number;
}

/** All that is in a store, for those who look after it. */
export interface StoreContents {
  /** `record` is undefined where the entry is damaged. */
  results(): Iterable<{ readonly key: Key; readonly record: ResultRecord | undefined }>;
  blobs(): Iterable<StoredBlob>;
  /** Reads a copy and holds it to its digest; `gone` if somebody removed it since it was listed. */
  check(blob: StoredBlob): Promise<'right' | 'damaged' | 'gone'>;
  /** Removes copies that have not been put since they were listed; returns how many, and the bytes. */
  removeBlobs(blobs: readonly StoredBlob[]): Promise<{ readonly blobs: number; readonly bytes: number }>;
  removeResults(keys: readonly Key[]): Promise<void>;
  /** Since when (seconds) the oldest lease of a living process is held. */
  oldestLease(): Promise<number | undefined>;
  /** Removes half-written files and damaged ones that were set aside; returns the bytes freed. */
  sweepLeftovers(olderThanSeconds?: number): number;
  /** Size of the index file. */
  indexBytes(): number;
}

export interface OpenOptions {
  /** Hears of every damaged blob that a read came upon; `where` is a path. */
  onDamage?(digest: Digest, where: string): void;
}

/** Version of everything below the cache folder. A store of a lower version is brought up to this one when opened. */
const FORMAT = 1;
const LETHE = '0.1';

/** Names that may be in a folder before it becomes a cache. */
const HARMLESS = /^(\..*|README.*|lock\..*|blobs|tmp)$/;

/**
 * Opens the store in a folder, which is made if it is not there. A folder that cannot be written to is opened for reading.
 * Fails with `cache-newer`, `cache-damaged`, `not-a-cache`, `cache-read-only` (nothing there and not writable), `disk-full`.
 */
export async function openStore(folder: string, options: OpenOptions = {}): Promise<Result<Store>> {
  const path = resolve(folder);
  let ledger: Ledger | undefined;
  try {
    const access = await examine(path);
    if (typeof access !== 'string') return failure(access);
    ledger = new Ledger(path, access === 'read-only');
    const problem = checkFormat(ledger);
    if (problem) {
      await ledger.close();
      return failure(problem);
    }
    return { ok: true, value: new LocalStore(ledger, options) };
  } catch (error) {
    await ledger?.close().catch(() => undefined);
    return failure(failureOf(path, error));
  }
}

function failure(...failures: readonly Failure[]): Result<Store> {
  return { ok: false, failures };
}

function failureOf(path: string, error: unknown): Failure {
  const known = storeError(path, error);
  if (known instanceof FailureError) return known.failure;
  const { message } = known as { message?: string };
  return message?.includes('MDB_') ? damagedCache(path, message) : uselessCache(path, known);
}

/** Finds out what may be done in a folder; makes it, with an empty index, if there is none. */
async function examine(path: string): Promise<'read-only' | 'writable' | Failure> {
  if (existsSync(path) && !statSync(path).isDirectory()) return notACache(path, 'it is a file');
  const index = join(path, INDEX);
  if (!existsSync(index)) {
    mkdirSync(path, { recursive: true });
    const strange = readdirSync(path).find((name) => !HARMLESS.test(name));
    if (strange !== undefined) return notACache(path, `there are other things in the folder, such as ${strange}`);
    if (!isWritable(path)) return readOnlyCache(path);
    await createIndex(path);
  }
  const state = examineIndex(index);
  if (state === 'not-lmdb') return notACache(path, `its ${INDEX} is something else`);
  if (state === 'cut-short') return damagedCache(path, `${INDEX} is cut short: ${statSync(index).size} bytes`);
  return isWritable(path) && isWritable(index) ? 'writable' : 'read-only';
}

/** Makes the index elsewhere and links it into place whole, so that a kill never leaves half of one. */
async function createIndex(path: string): Promise<void> {
  const temporary = join(path, 'tmp', `index.${process.pid}.${process.hrtime.bigint()}`);
  mkdirSync(temporary, { recursive: true });
  try {
    const ledger = new Ledger(temporary, false);
    await ledger.put(FORMAT_KEY, packJson({ format: FORMAT, lethe: LETHE } satisfies FormatRecord)).finally(() => ledger.close());
    linkSync(join(temporary, INDEX), join(path, INDEX));
  } catch (error) {
    // Somebody else was first.
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

interface FormatRecord {
  readonly format: number;
  readonly lethe: string;
}

function checkFormat(ledger: Ledger): Failure | undefined {
  const stored = ledger.get(FORMAT_KEY);
  if (!stored) return notACache(ledger.folder, `its ${INDEX} is of another program`);
  const found = unpackJson(stored) as FormatRecord | undefined;
  if (!found) return damagedCache(ledger.folder, 'the record of its format is not what was written');
  return found.format > FORMAT ? newerCache(ledger.folder, found, FORMAT) : undefined;
}
