// An executor carries tasks out somewhere: in this process, in worker processes, later on a cluster. It knows no cache and no graph.
import type { Outcome, Task, TaskHooks } from './task.ts';

/** A bound on the time a step may take, shared by all of its tasks: it starts when the first of them begins. */
export interface Deadline {
  readonly seconds: number;
  /** Milliseconds of `performance.now()`. */
  startedAt?: number;
}

export interface TaskOptions {
  readonly deadline?: Deadline;
}

export interface Executor {
  /** Never rejects for what a node does: that is an outcome. */
  run(task: Task, hooks: TaskHooks, options?: TaskOptions): Promise<Outcome>;
  /** How many tasks it carries out at a time. */
  readonly size: number;
  /** Abandons what is running: those tasks end as `aborted`. */
  abort(): void;
  close(): Promise<void>;
}
