// Interface of a store: results by key, blobs by digest, leases and small documents. open-store.ts opens a store;
// local-store.ts implements it with ledger.ts (LMDB), blob-files.ts and leases.ts.
import type { Environment } from '../contracts/environment.ts';
import type { Artifact, Digest, Key } from '../contracts/artifact.ts';
import type { ActionRecord } from '../contracts/keys.ts';

/** Record of a result, stored under the key of its action. */
export interface ResultRecord {
  /** Action whose digest is the key, kept for `why`. */
  readonly action: ActionRecord;
  /**
   * Artifacts by output. `table` is the digest of the Arrow file of a table artifact. The result of an item has a
   * single output `rows`, of kind `rows`.
   */
  readonly outputs: Readonly<Record<string, Artifact & { readonly table?: Digest }>>;
  /** Wall-clock seconds of the computation from start to end, including waiting. */
  readonly seconds: number;
  /** Cost of the computation. Absent in results of items, in results of older versions, and if nothing was computed. */
  readonly cost?: StepCost;
  /** Time at which the computation ended (ISO). */
  readonly finished: string;
  readonly environment: Environment;
}

/** Cost of computing a step, from which later runs are estimated. */
export interface StepCost {
  /**
   * Seconds during which tasks of the step were at work, summed over all batches. Waiting and the start of workers do
   * not count. One-time setup in a node (loading a tensor library or a network) counts; it raises the cost per item if
   * there are few items.
   */
  readonly seconds: number;
  /** Item nodes only: number of items computed in `seconds`, and number of all items of the step. */
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
 * Tables of small documents: memo (linked graphs), files (cached digests of files), traces (last run of each pipeline),
 * runs, checkpoints, rates (costs of steps in earlier runs).
 */
export type DocTable = 'memo' | 'files' | 'traces' | 'runs' | 'checkpoints' | 'rates';

export interface Store {
  /** Absolute path of the cache folder. */
  readonly folder: string;
  readonly readOnly: boolean;
  /**
   * Stores bytes under their digest. They are durable once the promise resolves, and must not be changed before. Small
   * blobs go into the index. Large blobs, and blobs that need a path (`asFile`), become files. If the blob exists
   * already, its copy is checked, and replaced if it is damaged.
   * @throws FailureError `disk-full`, `cache-read-only`
   */
  put(bytes: Uint8Array, options?: { readonly asFile?: true }): Promise<Digest>;
  /** Bytes of a blob, checked against its digest. A damaged blob is reported, set aside and returned as undefined. */
  get(digest: Digest): Promise<Uint8Array | undefined>;
  /** Starts to store bytes and returns at once. For callers that need the digest before the bytes are durable. */
  startPut(bytes: Uint8Array, options?: { readonly asFile?: true }): StartedPut;
  /** True if the blob exists. Reads no content. */
  has(digest: Digest): boolean;
  /** Absolute path of a blob that is stored as a file; undefined for any other blob. Reads no content. */
  path(digest: Digest): string | undefined;
  /** Result recorded under a key; undefined if there is none. Its blobs may be damaged or missing. */
  result(key: Key): ResultRecord | undefined;
  /** Records a result. It is durable once the promise resolves. All `put` of its blobs must have resolved before. */
  record(key: Key, record: ResultRecord): Promise<void>;
  forget(key: Key): Promise<void>;
  /**
   * Leases keys in one transaction, and returns the keys that this process now holds. Other living processes hold the
   * remaining keys. Call `result` for every returned key before computing: the key's previous holder may have recorded
   * a result.
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

/** A stored copy of a blob. `path` is the path of its file, or null for a copy in the index. */
export interface StoredBlob {
  readonly digest: Digest;
  readonly path: string | null;
  readonly bytes: number;
  /** Time of the last put, in seconds since the epoch. */
  readonly touched: number;
}

/** Access to everything in a store, for garbage collection, verification and statistics. */
export interface StoreContents {
  /** All results; `record` is undefined for a damaged entry. */
  results(): Iterable<{ readonly key: Key; readonly record: ResultRecord | undefined }>;
  blobs(): Iterable<StoredBlob>;
  /** Reads a copy and compares it with its digest. Returns `gone` if the copy was removed after it was listed. */
  check(blob: StoredBlob): Promise<'right' | 'damaged' | 'gone'>;
  /**
   * Removes copies, except copies put again after they were listed. Returns the number and the bytes of the removed
   * copies.
   */
  removeBlobs(blobs: readonly StoredBlob[]): Promise<{ readonly blobs: number; readonly bytes: number }>;
  removeResults(keys: readonly Key[]): Promise<void>;
  /** Start of the oldest lease held by a living process, in seconds since the epoch; undefined if there is none. */
  oldestLease(): Promise<number | undefined>;
  /** Removes incomplete files, and damaged files that were set aside. Returns the bytes freed. */
  sweepLeftovers(olderThanSeconds?: number): number;
  /** Size of the index file. */
  indexBytes(): number;
}

export interface OpenOptions {
  /** Called for every damaged blob that a read finds. `where` is the path of the file that contains it. */
  onDamage?(digest: Digest, where: string): void;
}
