// Tasks and their outcomes: everything that the engine and an executor pass to each other, as plain data. perform.ts
// carries out a task.
import type { Artifact, Digest, ItemEntry, Key } from '../contracts/artifact.ts';
import type { Axes } from '../contracts/define.ts';
import type { Failure } from '../contracts/failure.ts';
import type { Json } from '../contracts/graph.ts';
import type { ActionRecord } from '../contracts/keys.ts';

/**
 * An output as recorded in results. `table` is the Arrow file of a table artifact, so that its path is known without
 * reading the manifest.
 */
export interface StoredArtifact extends Artifact {
  readonly table?: Digest;
}

export interface InputRef extends Artifact {
  readonly axes: Axes;
}

export type InputRefs = Readonly<Record<string, InputRef | readonly InputRef[]>>;

interface BaseTask {
  readonly step: string;
  readonly node: string;
  /** Path of the user's node file that defines `node`; absent for built-in nodes. */
  readonly module?: string;
  readonly params: { readonly [key: string]: Json };
  /** Absolute paths of the files named in params, by JSON pointer of the parameter. */
  readonly files: Readonly<Record<string, string>>;
  readonly inputs: InputRefs;
  /** Memory in bytes that the task may use in addition to the process itself; absent without a memory bound. */
  readonly memory?: number;
}

export interface StepTask extends BaseTask {
  readonly kind: 'step';
  readonly key: Key;
}

/** Part of an item's entry that its node sees: `seen` holds only the fields that the node declares in `items.reads`. */
export type SeenEntry = Pick<ItemEntry, 'id' | 'digest' | 'seen'>;

/** Input of one item on one port: the item's entry if the artifact has items, else the whole artifact. */
export interface SliceRef {
  readonly artifact: Artifact;
  readonly entry?: SeenEntry;
}

export interface TaskItem {
  readonly key: Key;
  readonly action: ActionRecord;
  readonly id: Digest;
  readonly index: number;
  /** Name for messages. */
  readonly name?: string;
  readonly slices: Readonly<Record<string, SliceRef>>;
}

export interface ItemsTask extends BaseTask {
  readonly kind: 'items';
  readonly items: readonly TaskItem[];
}

/**
 * Task that creates the output of a step that maps over items. `rows` has the digest of the rows of every item, in data
 * set order; an item that occurs twice is listed twice.
 */
export interface CollectTask extends BaseTask {
  readonly kind: 'collect';
  readonly rows: readonly { readonly id: Digest; readonly digest: Digest }[];
}

export type Task = StepTask | ItemsTask | CollectTask;

/** Outcome of a task. */
export type TaskOutcome =
  | {
      readonly status: 'done';
      readonly outputs: Readonly<Record<string, StoredArtifact>>;
      readonly backend: string | null;
    }
  | { readonly status: 'failed'; readonly failure: Failure }
  /** Blobs that the task needs are damaged or missing: the steps that wrote them must be computed again. */
  | { readonly status: 'lost'; readonly digests: readonly Digest[] }
  | { readonly status: 'aborted' };

/** Reports from a node while its task is carried out. */
export interface TaskReports {
  readonly progress: (done: number, total: number, unit: string) => void;
  readonly warn: (message: string) => void;
  /** Called as soon as the rows of an item are in the store under the item's key. */
  readonly item: (key: Key, rows: Digest) => void;
}

/** Reports of a task to the caller of the executor. */
export interface TaskHooks extends TaskReports {
  /**
   * Called when the node's code is loaded and the time of the task begins to count. `worker` is the name of the
   * process: `main`, or `worker` with a process id.
   */
  readonly started?: (worker: string) => void;
  /**
   * Called whenever memory use has risen. `peak` is the largest resident set of the worker process since the task
   * began, in bytes.
   */
  readonly memory?: (peak: number) => void;
}
