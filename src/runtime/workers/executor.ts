// Executors: an executor carries out tasks in this process, in worker processes, or elsewhere. It knows neither the
// cache nor the graph.
import type { Deadline } from './deadline.ts';
import type { TaskOutcome, Task, TaskHooks } from './task.ts';

export interface TaskOptions {
  /** Time limit shared by all tasks of a step. The executor starts it when the node's own code begins. */
  readonly deadline?: Deadline;
}

export interface Executor {
  /** Carries out a task and resolves with its outcome. Never rejects for mistakes of a node. */
  run(task: Task, hooks: TaskHooks, options?: TaskOptions): Promise<TaskOutcome>;
  /** Number of tasks carried out at the same time; further tasks wait. */
  readonly size: number;
  /** Aborts everything: all running and waiting tasks end as `aborted`, and so does every later one. */
  abort(): void;
  /** Releases the resources of the executor. No task may be running. */
  close(): Promise<void>;
}

/** Requirements of the heavy steps of one run. */
export interface HeavyNeed {
  /** Largest number of tasks at the same time. */
  readonly jobs: number;
  /** Number of concurrent tasks requested by the user; a memory bound may allow fewer (`jobs`). */
  readonly wanted: number;
  /** Largest resident set of each worker, in bytes; absent without a memory bound. */
  readonly share?: number;
}

/** Executors of a run. Each is created when the first step needs it, and closed with the run. */
export interface Executors {
  /** Executor for light steps of built-in node types: tables, lists, files. */
  light(): Promise<Executor>;
  /** Executor for all other steps. */
  heavy(need: HeavyNeed): Promise<Executor>;
}
