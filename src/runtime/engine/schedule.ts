// Runs the steps that must run, as soon as their inputs are there and a slot is free. Loaded only when something must run.
// Light steps have a lane of their own in this process; heavy ones share `jobs` slots and the pool of workers.
import { availableParallelism } from 'node:os';
import PQueue from 'p-queue';
import { Claims } from './claims.ts';
import type { LetheEvent } from '../contracts/events.ts';
import type { Executor } from '../workers/executor.ts';
import type { Failure } from '../contracts/failure.ts';
import type { MemoryShares } from '../contracts/memory-shares.ts';
import { FailureError } from '../contracts/failure.ts';
import { InProcess } from '../workers/in-process.ts';
import type { NodeRegistry } from '../contracts/define.ts';
import type { RunState, StepState } from './run-state.ts';
import type { Measured } from './rates.ts';
import { isLight, settle, settleCached, skipDependants } from './run-state.ts';
import type { Engine, ItemCounts, StepOutcome } from './run-step.ts';
import { runStep } from './run-step.ts';
import type { ResultRecord } from '../store/store.ts';
import type { Trace } from './traces.ts';
import { WorkerPool } from '../workers/worker-pool.ts';

/** Light steps mostly wait for commits of the store: many at a time share one. */
const LIGHT_SLOTS = 256;
const BUSY_MS = 50;

export interface ScheduleSetup {
  readonly run: RunState;
  readonly trace: Trace;
  readonly started: string;
  /** Worker processes. */
  readonly jobs: number;
  /** How many were asked for: memory may allow fewer. */
  readonly wanted: number;
  /** What each of them may hold, where memory is bounded. */
  readonly shares?: MemoryShares;
  readonly keepGoing: boolean;
  readonly registry: NodeRegistry;
  readonly workerModule: string;
  readonly backend?: string;
  readonly signal: AbortSignal;
  /** Position of the next step to start among `count` ready ones; in order if absent. Only tests say otherwise. */
  readonly pick?: (count: number) => number;
  readonly onEvent: (event: LetheEvent) => void;
  readonly onCached: (state: StepState, result: ResultRecord) => void;
}

/** Runs `ready` and everything that follows from it; resolves when nothing more can be done, with the failures. */
export async function schedule(setup: ScheduleSetup, ready: readonly StepState[]): Promise<ScheduleReport> {
  const scheduler = new Scheduler(setup);
  try {
    return await scheduler.finish(ready);
  } finally {
    await scheduler.close();
  }
}

export interface ScheduleReport {
  readonly failures: readonly Failure[];
  readonly itemsComputed: number;
  /** What the steps that were computed took. */
  readonly measured: readonly Measured[];
}

class Scheduler {
  private readonly setup: ScheduleSetup;
  private readonly engine: Engine;
  private readonly heavy: PQueue;
  private readonly light = new PQueue({ concurrency: LIGHT_SLOTS });
  private readonly inProcess: InProcess;
  private pool: WorkerPool | undefined;
  private readonly failures: Failure[] = [];
  private readonly measured: Measured[] = [];
  private itemsComputed = 0;
  private active = 0;
  private done: () => void = () => undefined;

  constructor(setup: ScheduleSetup) {
    this.setup = setup;
    const { run, trace, started, jobs, shares, signal, onEvent } = setup;
    this.heavy = new PQueue({ concurrency: jobs });
    this.inProcess = new InProcess(run.store, setup.registry);
    this.engine = {
      run,
      trace,
      started,
      jobs,
      ...(shares ? { shares } : {}),
      signal,
      onEvent,
      claims: new Claims(run.store),
      executorOf: (state) => Promise.resolve(this.executorOf(state)),
      repairs: new Map(),
      writing: new Set(),
    };
  }

  async finish(ready: readonly StepState[]): Promise<ScheduleReport> {
    const abort = (): void => {
      this.inProcess.abort();
      this.pool?.abort();
    };
    this.setup.signal.addEventListener('abort', abort);
    try {
      await new Promise<void>((resolve) => {
        this.done = resolve;
        this.launch(ready);
        if (this.active === 0) resolve();
      });
      await Promise.allSettled(this.engine.writing);
    } finally {
      this.setup.signal.removeEventListener('abort', abort);
    }
    return { failures: this.failures, itemsComputed: this.itemsComputed, measured: this.measured };
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.engine.writing);
    await Promise.all([this.engine.claims.close(), this.pool?.close()]);
  }

  private get stopping(): boolean {
    return this.setup.signal.aborted || (this.failures.length > 0 && !this.setup.keepGoing);
  }

  private executorOf({ step }: StepState): Executor {
    if (isLight(step)) return this.inProcess;
    if (!this.pool) {
      const environment = {
        // Workers that each use every core get in each other's way: they share the cores out. A setting of the user's wins. Sums depend
        // on the number of threads, and a training amplifies that: a bound on memory must not change it.
        TF_NUM_INTRAOP_THREADS: String(Math.max(1, Math.floor(availableParallelism() / this.setup.wanted))),
        ...process.env,
        ...(this.setup.backend === undefined ? {} : { LETHE_BACKEND: this.setup.backend }),
      };
      this.pool = new WorkerPool({
        module: this.setup.workerModule,
        store: this.setup.run.store.folder,
        environment,
        size: this.setup.jobs,
        ...(this.setup.shares ? { share: this.setup.shares.share } : {}),
      });
      if (this.setup.signal.aborted) this.pool.abort();
    }
    return this.pool;
  }

  private launch(states: readonly StepState[]): void {
    const open = [...states];
    while (open.length > 0) {
      const [state] = open.splice(this.setup.pick?.(open.length) ?? 0, 1);
      if (!state) throw new RangeError('pick: no such step');
      this.active += 1;
      void this.follow(state).finally(() => {
        this.active -= 1;
        if (this.active === 0) this.done();
      });
    }
  }

  /** Runs one step and lets loose what depends on it. */
  private async follow(state: StepState): Promise<void> {
    const lane = isLight(state.step) ? this.light : this.heavy;
    let outcome: StepOutcome;
    for (;;) {
      outcome = await lane.add(() =>
        this.stopping ? Promise.resolve<StepOutcome>({ status: 'aborted' }) : runStep(this.engine, state),
      );
      if (outcome.status !== 'busy') break;
      // Somebody computes this very action: leave the slot to others meanwhile.
      await this.engine.claims.changed(BUSY_MS);
    }
    this.conclude(state, outcome);
  }

  private conclude(state: StepState, outcome: StepOutcome): void {
    switch (outcome.status) {
      case 'computed':
      case 'cached': {
        this.countItems(outcome.items);
        const ready = settle(state, outcome.status, outcome.outputs);
        this.announce(state, outcome);
        if (!this.stopping) this.launch(settleCached(this.setup.run, ready, this.setup.onCached));
        return;
      }
      case 'failed':
        this.countItems(outcome.items);
        {
          this.fail(state, outcome.failure, outcome);
          return;
        }
      case 'aborted': {
        this.countItems(outcome.items);
        return;
      }
      case 'busy':
        throw new Error(`${state.step.name} was left while busy`);
    }
  }

  private countItems(items: ItemCounts | undefined): void {
    this.itemsComputed += items?.computed ?? 0;
  }

  /** A step is finished once its result is durable; dependants need not wait for that. */
  private announce(state: StepState, outcome: StepOutcome & { readonly status: 'computed' | 'cached' }): void {
    const { step } = state;
    const { status, seconds, items, outputs, cost } = outcome;
    const counts = items ? { items } : {};
    if (cost) this.measured.push({ step, cost });
    const before = status === 'computed' ? this.setup.trace.previous(step) : undefined;
    const unchanged =
      before !== undefined &&
      Object.keys(outputs).every((name) => before.outputs[name]?.digest === outputs[name]?.digest);
    this.active += 1;
    outcome.recorded
      .then(
        () =>
          this.setup.onEvent({
            event: 'step-finished',
            step: step.name,
            status,
            seconds,
            ...counts,
            ...(cost?.memory === undefined ? {} : { memory_bytes: cost.memory }),
            ...(unchanged ? { unchanged } : {}),
          }),
        (error: unknown) =>
          this.fail(state, error instanceof FailureError ? error.failure : unrecorded(error), outcome),
      )
      .finally(() => {
        this.active -= 1;
        if (this.active === 0) this.done();
      });
  }

  private fail(
    state: StepState,
    failure: Failure,
    { seconds, items }: { readonly seconds: number; readonly items?: ItemCounts },
  ): void {
    const step = state.step.name;
    const named: Failure = { ...failure, step };
    this.failures.push(named);
    state.status = 'failed';
    delete state.outputs;
    this.setup.onEvent({
      event: 'step-finished',
      step,
      status: 'failed',
      seconds,
      failure: named,
      ...(items ? { items } : {}),
    });
    for (const skipped of skipDependants(state))
      this.setup.onEvent({ event: 'step-finished', step: skipped.step.name, status: 'skipped', seconds: 0 });
  }
}

function unrecorded(error: unknown): Failure {
  return {
    reason: 'not-recorded',
    headline: `the result could not be stored: ${(error as Error).message}`,
    help: 'Check the cache folder and run again.',
  };
}
