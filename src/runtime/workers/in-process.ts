// Executor of light steps, in the main process. It cannot stop code that blocks the process, so only built-in nodes run
// here; users' nodes run in workers. A task that is ended early (deadline, abort) is abandoned: its node receives the
// abort signal, and its result is ignored.
import { failure } from '../contracts/failure.ts';
import type { Store } from '../store/store.ts';
import type { Executor, TaskOptions } from './executor.ts';
import type { LoadNode } from './load-nodes.ts';
import { perform } from './perform.ts';
import type { PerformHooks } from './perform.ts';
import type { Task, TaskHooks, TaskOutcome } from './task.ts';

/** Name of this process in events. */
const HERE = 'main';

export class InProcess implements Executor {
  readonly size = 1;
  private readonly store: Store;
  private readonly load: LoadNode;
  private readonly running = new Set<(outcome: TaskOutcome) => void>();
  private stopped = false;

  constructor(store: Store, load: LoadNode) {
    this.store = store;
    this.load = load;
  }

  run(task: Task, hooks: TaskHooks, { deadline }: TaskOptions = {}): Promise<TaskOutcome> {
    if (this.stopped) return Promise.resolve({ status: 'aborted' });
    return new Promise((resolve) => {
      const abort = new AbortController();
      let timer: NodeJS.Timeout | undefined;
      const end = (outcome: TaskOutcome): void => {
        if (!this.running.delete(abandon)) return;
        clearTimeout(timer);
        resolve(outcome);
      };
      const abandon = (outcome: TaskOutcome): void => {
        end(outcome);
        abort.abort();
      };
      this.running.add(abandon);
      const isRunning = (): boolean => this.running.has(abandon);
      const started = (): void => {
        if (!isRunning()) return;
        hooks.started?.(HERE);
        if (!deadline) return;
        const { seconds } = deadline;
        const late = failure('timeout', { node: task.node, seconds }, { step: task.step });
        timer = setTimeout(() => abandon({ status: 'failed', failure: late }), deadline.start());
      };
      const listening: PerformHooks = {
        started,
        progress: (...done) => isRunning() && hooks.progress(...done),
        warn: (message) => isRunning() && hooks.warn(message),
        item: (key, rows) => isRunning() && hooks.item(key, rows),
      };
      const host = { store: this.store, load: this.load, signal: abort.signal, backend: () => null };
      void perform(task, host, listening).then(end);
    });
  }

  abort(): void {
    this.stopped = true;
    for (const abandon of [...this.running]) abandon({ status: 'aborted' });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
