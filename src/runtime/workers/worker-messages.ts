// The messages between the main process and a worker process, both ways. Plain data only.
import type { Digest, Key } from '../contracts/artifact.ts';
import type { Failure } from '../contracts/failure.ts';
import type { Outcome, Task } from './task.ts';

export type ToWorker =
  { readonly type: 'task'; readonly task: Task; readonly store: string } | { readonly type: 'abort' };

export type FromWorker =
  | { readonly type: 'started' }
  | { readonly type: 'progress'; readonly done: number; readonly total: number; readonly unit: string }
  /** Peak of the resident set since the task began, in bytes. */
  | { readonly type: 'memory'; readonly peak: number }
  | { readonly type: 'warn'; readonly message: string }
  | { readonly type: 'item'; readonly key: Key; readonly rows: Digest }
  | { readonly type: 'damage'; readonly digest: Digest; readonly where: string }
  /** The process is about to end, for this reason. */
  | { readonly type: 'crashed'; readonly failure: Failure }
  /** `resident` is what the process holds now that the task has ended, in bytes. */
  | { readonly type: 'outcome'; readonly outcome: Outcome; readonly resident: number };
