// Interface of a store: results by key, blobs by digest, leases and small documents. open-store.ts opens a store;
// local-store.ts implements it with ledger.ts (LMDB), blob-files.ts and leases.ts.
import type { Environment } from '../contracts/environment.ts';
import type { Artifact, Digest, Key } from '../contracts/artifact.ts';
import type { ActionRecord } from '../contracts/keys.ts';

/** Record of a result, stored under the key of its action. */
export interface ResultRecord {
  /** The pre-image of the key, for `why`. */
  readonly action: ActionRecord;
  /**
   * Artifacts by output; `table` is the digest of the Arrow file of a table artifact. The result of an item has a
   * single output `rows`, of kind `rows`.
   */
  readonly outputs: Readonly<Record<string, Artifact & { readonly table?: Digest }>>;
  /** Wall-clock seconds from start to end, including waiting. */
  readonly seconds: number;
  /** Cost of the computation; absent if nothing was computed, in results of older versions, and in results of items. */
  readonly cost?: StepCost;
  /** End of the computation, as ISO time. */
  readonly finished: string;
  readonly environment: Environment;
}

/** Cost of computing a step, from which later runs are estimated. */
export interface StepCost {
  /**
   * Seconds during which tasks of the step were at work, summed over all batches. Waiting and the start of workers do
   * not count. One-time setup in a node does (loading a tensor library, a network), which raises the cost per item if
   * there are few items.
   */
  readonly seconds: number;
  /** Numbers of items, for an item node: those computed in these seconds, and all of them. */
  readonly items?: { readonly computed: number; readonly all: number };
  /**
   * Largest resident set of a worker process while a task of the step ran in it, in bytes. It includes the tensor
   * library and memory left by earlier tasks. Absent for steps in the main process.
   */
  readonly memory?: number;
  /** Number of tasks that could run at the same time. */
  readonly jobs: number;
}

/**
 * Tables of small documents: memo (linked graphs), files (digests by identity and times of files), traces (last run of
 * each pipeline), runs, checkpoints, rates.
 */
export type DocTable = 'memo' | 'files' | 'traces' | 'runs' | 'checkpoints' | 'rates';

export interface Store {
  /** Absolute path of the cache folder. */
  readonly folder: string;
  readonly readOnly: boolean;
  /**
   * Stores bytes under their digest; durable once the promise resolves. Small blobs go into the index; large ones, and
   * those that need a path (`asFile`), become files. For an existing blob, the copy is checked and replaced if it is
   * damaged. The bytes must not be changed before the promise resolves.
   * @throws FailureError `disk-full`, `cache-read-only`
   */
  put(bytes: Uint8Array, options?: { readonly asFile?: true }): Promise<Digest>;
  /** Bytes of a blob, checked against its digest. A damaged blob is reported, set aside and returned as undefined. */
  get(digest: Digest): Promise<Uint8Array | undefined>;
  /** Starts to store bytes, for callers that need the digest before the bytes are durable. `put` waits for both. */
  startPut(bytes: Uint8Array, options?: { readonly asFile?: true }): StartedPut;
  /** True if the blob exists. Reads no content. */
  has(digest: Digest): boolean;
  /** Absolute path of a blob that is stored as a file. Reads no content. */
  path(digest: Digest): string | undefined;
  /** Result recorded under a key. Its blobs may be damaged or missing. */
  result(key: Key): ResultRecord | undefined;
  /** Records a result; durable once the promise resolves. Must be called after all `put` of its blobs have resolved. */
  record(key: Key, record: ResultRecord): Promise<void>;
  forget(key: Key): Promise<void>;
  /**
   * Leases keys in one transaction, and returns those that this process now holds. The others are held by living
   * processes. A result that such a process records before it releases the lease is visible to `result` afterwards, so
   * call `result` again before computing.
   */
  acquire(keys: readonly Key[]): Promise<ReadonlySet<Key>>;
  release(keys: readonly Key[]): Promise<void>;
  doc<T>(table: DocTable, id: string): T | undefined;
  setDoc(table: DocTable, id: string, value: unknown): Promise<void>;
  removeDoc(table: DocTable, id: string): Promise<void>;
  /** Documents of a table, in the order of ids. */
  docs<T>(
    table: DocTable,
    options?: { readonly reverse?: boolean; readonly limit?: number },
  ): Iterable<{ readonly id: string; readonly value: T }>;
  readonly contents: StoreContents;
  /** Releases all leases and closes the index. */
  close(): Promise<void>;
}

/** A blob that is being stored. */
export interface StartedPut {
  readonly digest: Digest;
  /** Resolves once the blob is durable. */
  readonly durable: Promise<void>;
}

/** A stored copy of a blob. `path` is that of the file, or null for a copy in the index. */
export interface StoredBlob {
  readonly digest: Digest;
  readonly path: string | null;
  readonly bytes: number;
  /** Time of the last put, in seconds since the epoch. */
  readonly touched: number;
}

/** Enumeration of everything in a store, for garbage collection, verification and statistics. */
export interface StoreContents {
  /** All results; `record` is undefined for a damaged entry. */
  results(): Iterable<{ readonly key: Key; readonly record: ResultRecord | undefined }>;
  blobs(): Iterable<StoredBlob>;
  /** Reads a copy and compares it with its digest; `gone` if it was removed after it was listed. */
  check(blob: StoredBlob): Promise<'right' | 'damaged' | 'gone'>;
  /** Removes copies, except those put again after they were listed. Returns their number and size. */
  removeBlobs(blobs: readonly StoredBlob[]): Promise<{ readonly blobs: number; readonly bytes: number }>;
  removeResults(keys: readonly Key[]): Promise<void>;
  /** Start (seconds since the epoch) of the oldest lease held by a living process. */
  oldestLease(): Promise<number | undefined>;
  /** Removes incomplete files, and damaged ones that were set aside. Returns the bytes freed. */
  sweepLeftovers(olderThanSeconds?: number): number;
  /** Size of the index file. */
  indexBytes(): number;
}

export interface OpenOptions {
  /** Called for every damaged blob that a read finds; `where` is a path. */
  onDamage?(digest: Digest, where: string): void;
}
