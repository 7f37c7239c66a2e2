// Tasks: everything that crosses between the engine and whoever computes (this process or a worker), as plain data. perform.ts
// carries a task out; the executors bring it there.
import type { Artifact, Digest, ItemEntry, Key } from '../contracts/artifact.ts';
import type { Axes } from '../contracts/define.ts';
import type { Failure } from '../contracts/failure.ts';
import type { Json } from '../contracts/graph.ts';
import type { ActionRecord } from '../contracts/keys.ts';

/** An output as results record it; `table` is the Arrow file of a table artifact, so that its path is known without a read. */
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
  /** Path of the user's node file that defines `node`. */
  readonly module?: string;
  readonly params: { readonly [key: string]: Json };
  /** Absolute paths by JSON pointer. */
  readonly files: Readonly<Record<string, string>>;
  readonly inputs: InputRefs;
  /** Bytes that the task may use beyond what its process takes anyway. */
  readonly memory?: number;
}

export interface StepTask extends BaseTask {
  readonly kind: 'step';
  readonly key: Key;
}

/** An item's entry as its node sees it: `seen` holds the fields that the node declares to read. */
export type SeenEntry = Pick<ItemEntry, 'id' | 'digest' | 'seen'>;

/** One port of one item: its entry where the port's artifact has items, else the whole artifact. */
export interface SliceRef {
  readonly artifact: Artifact;
  readonly entry?: SeenEntry;
}

export interface TaskItem {
  readonly key: Key;
  readonly action: ActionRecord;
  readonly id: Digest;
  readonly index: number;
  /** For messages. */
  readonly name?: string;
  readonly slices: Readonly<Record<string, SliceRef>>;
}

export interface ItemsTask extends BaseTask {
  readonly kind: 'items';
  readonly items: readonly TaskItem[];
}

/** Makes the output of an item node from the rows of its items: one entry per occurrence, in data set order. */
export interface CollectTask extends BaseTask {
  readonly kind: 'collect';
  readonly rows: readonly { readonly id: Digest; readonly digest: Digest }[];
}

export type Task = StepTask | ItemsTask | CollectTask;

/** How a task ended. */
export type TaskOutcome =
  | {
      readonly status: 'done';
      readonly outputs: Readonly<Record<string, StoredArtifact>>;
      readonly backend: string | null;
    }
  | { readonly status: 'failed'; readonly failure: Failure }
  /** Blobs that the task needs are damaged or gone: the steps that made them have to be computed again. */
  | { readonly status: 'lost'; readonly digests: readonly Digest[] }
  | { readonly status: 'aborted' };

/** Reports of a node while its task is carried out. */
export interface TaskReports {
  readonly progress: (done: number, total: number, unit: string) => void;
  readonly warn: (message: string) => void;
  /** The rows of an item are in the store under its key. */
  readonly item: (key: Key, rows: Digest) => void;
}

/** Reports of a task to whoever had it carried out. */
export interface TaskHooks extends TaskReports {
  /** The node's code is loaded and its own time begins. `worker` names the place: `main`, a process, a machine. */
  readonly started?: (worker: string) => void;
  /** Peak of the resident set (bytes) of the worker process since the task began there; reported again when it may have risen. */
  readonly memory?: (peak: number) => void;
}
