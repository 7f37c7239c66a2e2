// Executors: an executor carries tasks out somewhere (this process, worker processes, a cluster). It knows neither cache nor graph.
import type { Deadline } from './deadline.ts';
import type { TaskOutcome, Task, TaskHooks } from './task.ts';

export interface TaskOptions {
  /** Shared by all tasks of a step; the executor starts it when the node's own code begins. */
  readonly deadline?: Deadline;
}

export interface Executor {
  /** Resolves with the outcome of the task. Never rejects for what a node does. */
  run(task: Task, hooks: TaskHooks, options?: TaskOptions): Promise<TaskOutcome>;
  /** Number of tasks carried out at the same time; more wait. */
  readonly size: number;
  /** Abandons everything: tasks that run or wait end as `aborted`, and so does every later one. */
  abort(): void;
  /** Gives back what the executor holds. No task may be running. */
  close(): Promise<void>;
}

/** Needs of the heavy steps of one run. */
export interface HeavyNeed {
  /** Tasks at the same time. */
  readonly jobs: number;
  /** Tasks at the same time that were asked for; a bound on memory may allow fewer (`jobs`). */
  readonly wanted: number;
  /** Bytes of resident set that each task may hold, where memory is bounded. */
  readonly share?: number;
}

/** Executors of a run. Each is made when the first step needs it, and closed with the run. */
export interface Executors {
  /** For light steps of built-in node types: tables, lists, files. */
  light(): Promise<Executor>;
  /** For everything else. */
  heavy(need: HeavyNeed): Promise<Executor>;
}
