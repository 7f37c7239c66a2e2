// Pool of worker processes: assigns tasks to idle workers, starts workers up to its size, replaces dead workers, and
// ends workers that stay idle. It does not read the content of tasks.
import type { Executor, TaskOptions } from './executor.ts';
import type { WorkerSetup } from './launch-worker.ts';
import type { Task, TaskHooks, TaskOutcome } from './task.ts';
import { WorkerProcess } from './worker-process.ts';

export interface PoolSetup extends WorkerSetup {
  readonly size: number;
  /** Largest resident set, in bytes, of a worker after a task. A worker that exceeds it is replaced by a new worker. */
  readonly share?: number;
  /** Time after which an idle worker is ended. Default: `IDLE_MS`. */
  readonly idleMs?: number;
}

interface Waiting {
  readonly task: Task;
  start(worker: WorkerProcess): void;
  drop(): void;
}

const IDLE_MS = 10_000;
const ABORT_GRACE_MS = 400;

export class WorkerPool implements Executor {
  readonly size: number;
  private readonly setup: PoolSetup;
  private readonly workers = new Set<WorkerProcess>();
  private readonly queue: Waiting[] = [];
  private readonly idleTimers = new Map<WorkerProcess, NodeJS.Timeout>();
  private stopped = false;

  constructor(setup: PoolSetup) {
    this.setup = setup;
    this.size = setup.size;
  }

  run(task: Task, hooks: TaskHooks, options: TaskOptions = {}): Promise<TaskOutcome> {
    if (this.stopped) return Promise.resolve({ status: 'aborted' });
    return new Promise((resolve, reject) => {
      let started = false;
      const watching: TaskHooks = {
        ...hooks,
        started: (worker) => {
          started = true;
          hooks.started?.(worker);
        },
      };
      const waiting: Waiting = {
        task,
        start: (worker) => {
          clearTimeout(this.idleTimers.get(worker));
          const warm = worker.served > 0;
          worker.run(task, watching, options.deadline).then((outcome) => {
            this.settle(worker);
            // A reused worker may have died while it was idle. Its next task is not the cause, so another worker gets
            // the task.
            if (worker.ended && warm && !started && !this.stopped) this.enqueue(waiting);
            else resolve(outcome);
          }, reject);
        },
        drop: () => resolve({ status: 'aborted' }),
      };
      this.enqueue(waiting);
    });
  }

  private enqueue(waiting: Waiting): void {
    this.queue.push(waiting);
    this.dispatch();
  }

  abort(): void {
    this.stopped = true;
    for (const waiting of this.queue.splice(0)) waiting.drop();
    for (const worker of this.workers) worker.abort(ABORT_GRACE_MS);
  }

  async close(): Promise<void> {
    this.stopped = true;
    for (const timer of this.idleTimers.values()) clearTimeout(timer);
    await Promise.all([...this.workers].map((worker) => worker.close()));
  }

  private settle(worker: WorkerProcess): void {
    if (worker.ended) {
      this.workers.delete(worker);
    } else if (!this.stopped && worker.resident > (this.setup.share ?? Infinity)) {
      // The worker stays in the pool until its process has ended, so that its successor does not hold memory at the
      // same time.
      void worker.close();
    } else if (!this.stopped) {
      const timer = setTimeout(() => {
        this.workers.delete(worker);
        void worker.close();
      }, this.setup.idleMs ?? IDLE_MS);
      this.idleTimers.set(worker, timer.unref());
    }
    this.dispatch();
  }

  private dispatch(): void {
    while (this.queue.length > 0 && !this.stopped) {
      const idle = [...this.workers].filter((worker) => !worker.busy && !worker.ended && !worker.leaving);
      const [next] = this.queue;
      if (!next) return;
      // The worker that last computed this step comes first, since it has the inputs in memory; then any idle worker;
      // then a new worker.
      const worker =
        idle.find((candidate) => candidate.affinity === next.task.step) ??
        idle[0] ??
        (this.workers.size < this.size ? this.spawn() : undefined);
      if (!worker) return;
      this.queue.shift();
      next.start(worker);
    }
  }

  private spawn(): WorkerProcess {
    const worker = new WorkerProcess(this.setup);
    this.workers.add(worker);
    void worker.gone.then(() => {
      this.workers.delete(worker);
      this.dispatch();
    });
    return worker;
  }
}
