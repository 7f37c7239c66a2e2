// Measures what one step takes while its tasks are carried out, and warns where a worker takes more memory than its share.
import { formatBytes } from '../contracts/byte-size.ts';
import type { StepCost } from '../store/store.ts';
import type { Deadline, Executor } from '../workers/executor.ts';
import type { Outcome, Task, TaskHooks } from '../workers/task.ts';
import type { StepState } from './run-state.ts';
import type { Engine } from './run-step.ts';

/** A share is met by estimates of what arithmetic needs: only what is clearly above it is worth a word. */
const TOLERATED = 1.25;

export class StepMeter {
  private readonly engine: Engine;
  private readonly step: string;
  private seconds = 0;
  private peak = 0;
  private warned = false;

  constructor(engine: Engine, { step }: StepState) {
    this.engine = engine;
    this.step = step.name;
  }

  /** Has a task carried out, and counts its time from when its node's code is there. */
  async run(
    executor: Executor,
    task: Task,
    hooks: TaskHooks,
    options: { readonly deadline?: Deadline },
  ): Promise<Outcome> {
    let began: number | undefined;
    const watching: TaskHooks = {
      ...hooks,
      started: () => void (began = performance.now()),
      memory: (peak) => this.see(peak),
    };
    const outcome = await executor.run(task, watching, options);
    if (began !== undefined) this.seconds += (performance.now() - began) / 1000;
    return outcome;
  }

  /** What it all took; `items` as in `StepCost`. */
  cost(items?: StepCost['items']): StepCost {
    return {
      seconds: this.seconds,
      jobs: this.engine.jobs,
      ...(items ? { items } : {}),
      ...(this.peak > 0 ? { memory: this.peak } : {}),
    };
  }

  private see(peak: number): void {
    this.peak = Math.max(this.peak, peak);
    const share = this.engine.shares?.share ?? Infinity;
    if (this.warned || peak <= TOLERATED * share) return;
    this.warned = true;
    const message = `its worker process holds ${formatBytes(peak)}, more than its share of --memory (${formatBytes(share)}): give --memory more, or run fewer at once with --jobs`;
    this.engine.onEvent({ event: 'warning', step: this.step, message });
  }
}
