// The messages between the main process and a worker process, both ways. Plain data only.
import type { Digest, Key } from '../artifact.ts';
import type { Outcome, Task } from './task.ts';

export type ToWorker =
  { readonly type: 'task'; readonly task: Task; readonly store: string } | { readonly type: 'abort' };

export type FromWorker =
  | { readonly type: 'started' }
  | { readonly type: 'progress'; readonly done: number; readonly total: number; readonly unit: string }
  | { readonly type: 'warn'; readonly message: string }
  | { readonly type: 'item'; readonly key: Key; readonly rows: Digest }
  | { readonly type: 'damage'; readonly digest: Digest; readonly where: string }
  | { readonly type: 'outcome'; readonly outcome: Outcome };
