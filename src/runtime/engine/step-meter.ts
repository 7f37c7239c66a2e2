// Measures the time and memory of a step while its tasks are carried out, and lists the processes that do so. Warns if
// a worker takes more memory than its share.
import { formatBytes } from '../contracts/byte-size.ts';
import type { StepCost } from '../store/store.ts';
import type { Executor, TaskOptions } from '../workers/executor.ts';
import type { Task, TaskHooks, TaskOutcome } from '../workers/task.ts';
import type { Engine, Work } from './engine.ts';
import type { StepState } from './run-state.ts';

/**
 * A warning is printed if a worker uses more than this multiple of its share of the allowed memory. The multiple is
 * above 1, because nodes can only estimate the memory of their batches.
 */
const TOLERATED = 1.25;

export class StepMeter {
  private readonly engine: Engine;
  private readonly step: string;
  private readonly places = new Set<string>();
  private seconds = 0;
  private peak = 0;
  private warned = false;

  constructor(engine: Engine, { step }: StepState) {
    this.engine = engine;
    this.step = step.name;
  }

  /** Passes a task to an executor, and counts its time from the moment when the node's code is loaded. */
  async run(executor: Executor, task: Task, hooks: TaskHooks, options: TaskOptions): Promise<TaskOutcome> {
    let began: number | undefined;
    const watching: TaskHooks = {
      ...hooks,
      started: (worker) => {
        began = performance.now();
        this.places.add(worker);
        hooks.started?.(worker);
      },
      memory: (peak) => this.see(peak),
    };
    const outcome = await executor.run(task, watching, options);
    if (began !== undefined) this.seconds += (performance.now() - began) / 1000;
    return outcome;
  }

  /** Cost of the tasks so far; `items` as in `StepCost`. */
  cost(items?: StepCost['items']): StepCost {
    return {
      seconds: this.seconds,
      jobs: this.engine.jobs,
      ...(items ? { items } : {}),
      ...(this.peak > 0 ? { memory: this.peak } : {}),
    };
  }

  /** Names of the processes that have carried out tasks so far. */
  get workers(): Pick<Work, 'workers'> {
    return this.places.size > 0 ? { workers: [...this.places] } : {};
  }

  private see(peak: number): void {
    this.peak = Math.max(this.peak, peak);
    const share = this.engine.shares?.share ?? Infinity;
    if (this.warned || peak <= TOLERATED * share) return;
    this.warned = true;
    const message = `its worker process holds ${formatBytes(peak)}, more than its share of --memory (${formatBytes(share)}): raise --memory, or run fewer tasks at a time with --jobs`;
    this.engine.emit({ event: 'warning', step: this.step, message });
  }
}
