// Starts each step that must be computed as soon as its inputs exist and a slot is free. This file is imported only if
// there are such steps. Light steps have their own slots in this process; heavy steps share `jobs` slots.
import PQueue from 'p-queue';
import type { NewEvent } from '../contracts/events.ts';
import { failure, FailureError } from '../contracts/failure.ts';
import type { Failure } from '../contracts/failure.ts';
import type { MemoryShares } from '../contracts/memory-shares.ts';
import type { ResultRecord } from '../store/store.ts';
import type { Executors } from '../workers/executor.ts';
import type { DoneOutcome, Engine, FinalOutcome, Work } from './engine.ts';
import { finishedEvent } from './finish-step.ts';
import type { Measured } from './rates.ts';
import { RunExecutors } from './run-executors.ts';
import { RunLeases } from './run-leases.ts';
import type { RunState, StepState } from './run-state.ts';
import { isLight, settle, settleCached, skipDependants } from './run-state.ts';
import { runStep } from './run-step.ts';
import type { Trace } from './traces.ts';

/**
 * Largest number of concurrent light steps. Light steps mostly wait for commits of the store, and many can share one
 * commit.
 */
const LIGHT_SLOTS = 256;
const BUSY_MS = 50;

export interface ScheduleSetup {
  readonly run: RunState;
  readonly trace: Trace;
  readonly started: string;
  /** Largest number of heavy tasks at the same time. */
  readonly jobs: number;
  /** Number of concurrent heavy tasks requested by the user; a memory bound may allow fewer. */
  readonly wanted: number;
  /** Memory of each worker; absent without a memory bound. */
  readonly shares?: MemoryShares;
  readonly executors: Executors;
  readonly keepGoing: boolean;
  readonly signal: AbortSignal;
  /**
   * Chooses the position of the next step to start among `count` ready steps. Default: the first. Only tests set it.
   */
  readonly pick?: (count: number) => number;
  readonly emit: (event: NewEvent) => void;
  readonly onCached: (state: StepState, result: ResultRecord) => void;
}

export interface ScheduleReport {
  readonly failures: readonly Failure[];
  readonly itemsComputed: number;
  /** Costs of the computed steps. */
  readonly measured: readonly Measured[];
}

/**
 * Computes the steps in `ready` and all steps that depend on them. Resolves once no step is left that can be computed.
 */
export async function schedule(setup: ScheduleSetup, ready: readonly StepState[]): Promise<ScheduleReport> {
  const scheduler = new Scheduler(setup);
  try {
    return await scheduler.finish(ready);
  } finally {
    await scheduler.close();
  }
}

class Scheduler {
  private readonly setup: ScheduleSetup;
  private readonly engine: Engine;
  private readonly executors: RunExecutors;
  private readonly heavy: PQueue;
  private readonly light = new PQueue({ concurrency: LIGHT_SLOTS });
  private readonly failures: Failure[] = [];
  private readonly measured: Measured[] = [];
  private itemsComputed = 0;
  private active = 0;
  private done: () => void = () => undefined;

  constructor(setup: ScheduleSetup) {
    this.setup = setup;
    const { run, trace, started, jobs, wanted, shares, signal, emit } = setup;
    this.heavy = new PQueue({ concurrency: jobs });
    this.executors = new RunExecutors(setup.executors, { jobs, wanted, ...(shares ? { share: shares.share } : {}) });
    this.engine = {
      run,
      trace,
      started,
      jobs,
      ...(shares ? { shares } : {}),
      signal,
      emit,
      leases: new RunLeases(run.store),
      executorOf: ({ step }) => this.executors.get(isLight(step) ? 'light' : 'heavy'),
      repairs: new Map(),
      writing: new Set(),
    };
  }

  async finish(ready: readonly StepState[]): Promise<ScheduleReport> {
    const { signal } = this.setup;
    const abort = (): void => this.executors.abort();
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    try {
      await new Promise<void>((resolve) => {
        this.done = resolve;
        this.launch(ready);
        if (this.active === 0) resolve();
      });
      await Promise.allSettled(this.engine.writing);
    } finally {
      signal.removeEventListener('abort', abort);
    }
    return { failures: this.failures, itemsComputed: this.itemsComputed, measured: this.measured };
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.engine.writing);
    await Promise.all([this.engine.leases.close(), this.executors.close()]);
  }

  private get stopping(): boolean {
    return this.setup.signal.aborted || (this.failures.length > 0 && !this.setup.keepGoing);
  }

  /** Keeps the run from finishing until `work` has ended. */
  private track(work: Promise<void>): void {
    this.active += 1;
    void work.finally(() => {
      this.active -= 1;
      if (this.active === 0) this.done();
    });
  }

  private launch(states: readonly StepState[]): void {
    const open = [...states];
    while (open.length > 0) {
      const [state] = open.splice(this.setup.pick?.(open.length) ?? 0, 1);
      if (!state) throw new RangeError('pick: no such step');
      this.track(this.follow(state));
    }
  }

  /** Computes one step and then starts its dependent steps. */
  private async follow(state: StepState): Promise<void> {
    const lane = isLight(state.step) ? this.light : this.heavy;
    for (;;) {
      const ended = await lane.add(async () => {
        const outcome = this.stopping ? ({ status: 'aborted' } as const) : await runStep(this.engine, state);
        if (outcome.status === 'busy') return false;
        // The outcome is processed before the slot is freed, because no further step may start after a failure.
        this.take(state, outcome);
        return true;
      });
      if (ended) return;
      // Another step or process computes the same action, so the slot is given to other steps in the meantime.
      await this.engine.leases.changed(BUSY_MS);
    }
  }

  private take(state: StepState, outcome: Exclude<FinalOutcome, { readonly status: 'busy' }>): void {
    this.itemsComputed += outcome.items?.computed ?? 0;
    switch (outcome.status) {
      case 'computed':
      case 'cached': {
        const ready = settle(state, outcome.status, outcome.outputs);
        if (outcome.cost) this.measured.push({ step: state.step, cost: outcome.cost });
        this.track(this.announce(state, outcome));
        if (!this.stopping) this.launch(settleCached(this.setup.run, ready, this.setup.onCached));
        return;
      }
      case 'failed': {
        this.fail(state, outcome.failure, outcome);
        return;
      }
      case 'aborted':
        return;
    }
  }

  /** Emits the `step-finished` event once the result is durable. Dependent steps do not wait for that. */
  private async announce(state: StepState, outcome: DoneOutcome): Promise<void> {
    const unchanged = this.isUnchanged(state, outcome);
    try {
      await outcome.recorded;
    } catch (error) {
      const why = (error as Error).message;
      this.fail(state, error instanceof FailureError ? error.failure : failure('not-recorded', { why }), outcome);
      return;
    }
    this.setup.emit({ ...finishedEvent(this.setup.run, state, outcome), ...(unchanged ? { unchanged } : {}) });
  }

  private isUnchanged({ step }: StepState, { status, outputs }: DoneOutcome): boolean {
    const before = status === 'computed' ? this.setup.trace.previous(step) : undefined;
    if (!before) return false;
    return Object.keys(outputs).every((name) => before.outputs[name]?.digest === outputs[name]?.digest);
  }

  private fail(state: StepState, given: Failure, outcome: Work & { readonly seconds: number }): void {
    const step = state.step.name;
    const { seconds, items, workers } = outcome;
    const named: Failure = { ...given, step };
    this.failures.push(named);
    state.status = 'failed';
    delete state.outputs;
    this.setup.emit({
      event: 'step-finished',
      step,
      status: 'failed',
      seconds,
      ...(items ? { items } : {}),
      ...(workers ? { workers } : {}),
      failure: named,
    });
    for (const skipped of skipDependants(state))
      this.setup.emit({ event: 'step-finished', step: skipped.step.name, status: 'skipped', seconds: 0 });
  }
}
