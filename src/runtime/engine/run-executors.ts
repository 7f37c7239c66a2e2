// Executors of one run: each is created when the first step needs it, and is aborted and closed with the run.
import type { Executor, Executors, HeavyNeed } from '../workers/executor.ts';

export class RunExecutors {
  private readonly makers: { readonly light: () => Promise<Executor>; readonly heavy: () => Promise<Executor> };
  private readonly made = new Map<'light' | 'heavy', Promise<Executor>>();
  private stopped = false;

  constructor(executors: Executors, need: HeavyNeed) {
    this.makers = { light: () => executors.light(), heavy: () => executors.heavy(need) };
  }

  get(which: 'light' | 'heavy'): Promise<Executor> {
    let executor = this.made.get(which);
    if (!executor) {
      executor = this.makers[which]();
      this.made.set(which, executor);
      if (this.stopped) stop(executor);
    }
    return executor;
  }

  abort(): void {
    this.stopped = true;
    for (const executor of this.made.values()) stop(executor);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.made.values()].map(async (executor) => (await executor).close()));
  }
}

/** Aborts an executor as soon as it exists. If it could not be created, the step that needed it has already failed. */
function stop(making: Promise<Executor>): void {
  making.then(
    (executor) => executor.abort(),
    () => undefined,
  );
}
