// Messages between the main process and a worker, in both directions. Plain data only.
import type { Digest, Key } from '../contracts/artifact.ts';
import type { Failure } from '../contracts/failure.ts';
import type { Channel } from './channel.ts';
import type { Task, TaskOutcome } from './task.ts';

export type ToWorker =
  { readonly type: 'task'; readonly task: Task; readonly store: string } | { readonly type: 'abort' };

export type FromWorker =
  | { readonly type: 'started' }
  | { readonly type: 'progress'; readonly done: number; readonly total: number; readonly unit: string }
  /** Largest resident set since the task began, in bytes. */
  | { readonly type: 'memory'; readonly peak: number }
  | { readonly type: 'warn'; readonly message: string }
  | { readonly type: 'item'; readonly key: Key; readonly rows: Digest }
  | { readonly type: 'damage'; readonly digest: Digest; readonly where: string }
  /** The process is about to end because of this failure. */
  | { readonly type: 'crashed'; readonly failure: Failure }
  /** Outcome of the task; `resident` is the resident set of the process afterwards, in bytes. */
  | { readonly type: 'outcome'; readonly outcome: TaskOutcome; readonly resident: number };

/** Channel as seen by the main process. */
export type WorkerChannel = Channel<ToWorker, FromWorker>;
/** Channel as seen by the worker. */
export type ServingChannel = Channel<FromWorker, ToWorker>;
