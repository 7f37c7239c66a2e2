// The store: results under their keys, blobs under their digests, leases and small documents. This file says what a store does and
// opens one; the parts are ledger.ts (LMDB), blob-files.ts, leases.ts, and local-store.ts, which puts them together.
import { accessSync, constants, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Artifact, Digest, Key } from './artifact.ts';
import type { Failure, Result } from './failure.ts';
import { FailureError } from './failure.ts';
import type { ActionRecord } from './keys.ts';
import { Ledger } from './ledger.ts';
import { LocalStore } from './local-store.ts';
import { FORMAT_KEY, packJson, unpackJson } from './records.ts';
import { damagedCache, isDiskFull, diskFull, newerCache, notACache, readOnlyCache, uselessCache } from './store-failures.ts';

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
const HARMLESS = /^(\..*|README.*|data\.mdb|lock\..*|blobs|tmp)$/;

/**
 * Opens the store in a folder, which is made if it is not there. A folder that cannot be written to is opened for reading.
 * Fails with `cache-newer`, `cache-damaged`, `not-a-cache`, `cache-read-only` (nothing there and not writable), `disk-full`.
 */
export async function openStore(folder: string, options: OpenOptions = {}): Promise<Result<Store>> {
  const path = resolve(folder);
  let ledger: Ledger | undefined;
  try {
    const access = examine(path);
    if (typeof access !== 'string') return failure(access);
    ledger = new Ledger(path, access === 'read-only');
    const problem = (await checkFormat(ledger)) ?? checkExtent(ledger);
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
  if (error instanceof FailureError) return error.failure;
  if (isDiskFull(error)) return diskFull(path);
  const { code, message } = error as { code?: unknown; message?: string };
  if (code === 'EROFS' || code === 'EACCES') return readOnlyCache(path);
  if (message?.includes('MDB_INVALID')) return notACache(path, 'its data.mdb is something else');
  if (message?.includes('MDB_')) return damagedCache(path, message);
  return uselessCache(path, error);
}

/** Makes the folder if need be, and finds out what may be done in it. */
function examine(path: string): 'read-only' | 'writable' | Failure {
  if (existsSync(path) && !statSync(path).isDirectory()) return notACache(path, 'it is a file');
  const data = join(path, 'data.mdb');
  if (!existsSync(data)) {
    mkdirSync(path, { recursive: true });
    const strange = readdirSync(path).find((name) => !HARMLESS.test(name));
    if (strange !== undefined) return notACache(path, `there are other things in the folder, such as ${strange}`);
    return isWritable(path) ? 'writable' : readOnlyCache(path);
  }
  return isWritable(path) && isWritable(data) ? 'writable' : 'read-only';
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

async function checkFormat(ledger: Ledger): Promise<Failure | undefined> {
  const stored = ledger.get(FORMAT_KEY);
  if (stored) {
    const found = unpackJson(stored) as FormatRecord | undefined;
    if (!found) return damagedCache(ledger.folder, 'the format record is not what was written');
    return found.format > FORMAT ? newerCache(ledger.folder, found, FORMAT) : undefined;
  }
  if (ledger.extent.entries > 0) return notACache(ledger.folder, 'its data.mdb is of another program');
  if (ledger.readOnly) return readOnlyCache(ledger.folder);
  await ledger.put(FORMAT_KEY, packJson({ format: FORMAT, lethe: LETHE } satisfies FormatRecord));
  return undefined;
}

/** An index cut short would end the process with SIGBUS as soon as a page beyond its end is read. */
function checkExtent({ folder, extent }: Ledger): Failure | undefined {
  const { pageBytes, pages, fileBytes } = extent;
  return fileBytes < (pages - 1) * pageBytes ? damagedCache(folder, `data.mdb has ${fileBytes} bytes and should have ${pages * pageBytes}`) : undefined;
}
