// The interface of a store: results under their keys, blobs under their digests, leases and small documents. open-store.ts opens
// one; local-store.ts implements it with ledger.ts (LMDB), blob-files.ts and leases.ts.
import type { Environment } from '../contracts/environment.ts';
import type { Artifact, Digest, Key } from '../contracts/artifact.ts';
import type { ActionRecord } from '../contracts/keys.ts';

/** The record of a result, stored under the key of its action. */
export interface ResultRecord {
  /** The pre-image of the key, for `why`. */
  readonly action: ActionRecord;
  /** By output; `table` is the digest of the Arrow file of a table artifact. The result of an item has one: `rows`, of kind `rows`. */
  readonly outputs: Readonly<Record<string, Artifact & { readonly table?: Digest }>>;
  /** Seconds from its start to its end, including the time it waited for others. */
  readonly seconds: number;
  /** Cost of computing it; absent where nothing was computed for it, and in results of older versions and of items. */
  readonly cost?: StepCost;
  /** ISO time. */
  readonly finished: string;
  readonly environment: Environment;
}

/** Cost of computing a step, from which later runs are estimated. */
export interface StepCost {
  /**
   * Seconds that tasks of the step were at work, summed over all batches: waiting and the start of
   * workers do not count, but what a node sets up once does (a tensor library, a network): per item it shows where items are few.
   */
  readonly seconds: number;
  /** Numbers of items, for a step that maps over items: those computed in these seconds, and all of them. */
  readonly items?: { readonly computed: number; readonly all: number };
  /**
   * Bytes: highest resident set of a worker process while a task of the step ran there. It counts the tensor library, and what
   * earlier tasks left in the process. Absent for steps that run in the main process.
   */
  readonly memory?: number;
  /** How many tasks could run at the same time. */
  readonly jobs: number;
}

/** Small documents: memo (parsing, linking), files (stat memo), traces (last run of each pipeline), runs, checkpoints, rates. */
export type DocTable = 'memo' | 'files' | 'traces' | 'runs' | 'checkpoints' | 'rates';

export interface Store {
  /** Absolute. */
  readonly folder: string;
  readonly readOnly: boolean;
  /**
   * Keeps bytes under their digest; durable once resolved. Small blobs go into the index, large ones and those that need a path
   * (`asFile`) become files. Putting an existing blob again costs a check and replaces a damaged copy. The bytes must not be changed
   * before the promise resolves.
   *
   * @throws FailureError `disk-full`, `cache-read-only`.
   */
  put(bytes: Uint8Array, options?: { readonly asFile?: true }): Promise<Digest>;
  /** Bytes of a blob, checked against its digest. A damaged blob is reported, set aside and returned as undefined. */
  get(digest: Digest): Promise<Uint8Array | undefined>;
  /** Begins to put bytes, for callers that need the digest before the bytes are durable; `put` is the rest of the promise. */
  startPut(bytes: Uint8Array, options?: { readonly asFile?: true }): StartedPut;
  /** True if there is such a blob. Reads no content. */
  has(digest: Digest): boolean;
  /** Absolute path of a blob that is a file. Reads no content. */
  path(digest: Digest): string | undefined;
  /** Result recorded under a key. Its blobs may be damaged or gone. */
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
  docs<T>(
    table: DocTable,
    options?: { readonly reverse?: boolean; readonly limit?: number },
  ): Iterable<{ readonly id: string; readonly value: T }>;
  readonly contents: StoreContents;
  /** Gives leases back and closes the index. */
  close(): Promise<void>;
}

/** A blob on its way into the store. */
export interface StartedPut {
  readonly digest: Digest;
  /** Resolves once the blob is durable. */
  readonly durable: Promise<void>;
}

/** One stored copy of a blob; `path` is that of the file, or null for one in the index. */
export interface StoredBlob {
  readonly digest: Digest;
  readonly path: string | null;
  readonly bytes: number;
  /** Time of the last put, in seconds since the epoch. */
  readonly touched: number;
}

/** Everything in a store, for garbage collection, verification and statistics. */
export interface StoreContents {
  /** `record` is undefined where the entry is damaged. */
  results(): Iterable<{ readonly key: Key; readonly record: ResultRecord | undefined }>;
  blobs(): Iterable<StoredBlob>;
  /** Reads a copy and checks it against its digest; `gone` if it was removed since it was listed. */
  check(blob: StoredBlob): Promise<'right' | 'damaged' | 'gone'>;
  /** Removes copies that have not been put since they were listed; returns their number and size. */
  removeBlobs(blobs: readonly StoredBlob[]): Promise<{ readonly blobs: number; readonly bytes: number }>;
  removeResults(keys: readonly Key[]): Promise<void>;
  /** Start (seconds since the epoch) of the oldest lease that a living process holds. */
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
