// Shared context of all code that computes steps, and the possible outcomes of a step. Types only.
import type { Digest } from '../contracts/artifact.ts';
import type { NewEvent } from '../contracts/events.ts';
import type { Failure } from '../contracts/failure.ts';
import type { MemoryShares } from '../contracts/memory-shares.ts';
import type { StepCost } from '../store/store.ts';
import type { Executor } from '../workers/executor.ts';
import type { RunLeases } from './run-leases.ts';
import type { Outputs, RunState, StepState } from './run-state.ts';
import type { Trace } from './traces.ts';

/** Objects shared by all code that computes the steps of one run. */
export interface Engine {
  readonly run: RunState;
  readonly leases: RunLeases;
  readonly trace: Trace;
  /**
   * Start of the run as an ISO date. A forced step accepts only results that are newer: another step or process
   * computed them during this run.
   */
  readonly started: string;
  /** Largest number of heavy tasks (in worker processes) at the same time. */
  readonly jobs: number;
  /** Memory of each worker; absent without a memory bound. */
  readonly shares?: MemoryShares;
  readonly signal: AbortSignal;
  readonly emit: (event: NewEvent) => void;
  readonly executorOf: (state: StepState) => Promise<Executor>;
  /** Steps that are being computed again because one of their blobs was lost, by name of the step. */
  readonly repairs: Map<string, Promise<FinalOutcome>>;
  /** Writes of results that have not ended. A step is finished once its own result is durable. */
  readonly writing: Set<Promise<unknown>>;
}

export interface ItemCounts {
  readonly computed: number;
  readonly cached: number;
}

/** Work done for a step, whatever the outcome. */
export interface Work {
  readonly items?: ItemCounts;
  /** Names of the processes that carried out the tasks of the step: `main`, or `worker` with a process id. */
  readonly workers?: readonly string[];
}

/** Outcome of an attempt to compute a step. A `TaskOutcome` is the outcome of one of its tasks. */
export type StepOutcome =
  | (Work & {
      readonly status: 'computed' | 'cached';
      readonly outputs: Outputs;
      readonly seconds: number;
      /** Cost of the computation; absent if nothing was computed in this run. */
      readonly cost?: StepCost;
      /** Resolves when the result is durable. */
      readonly recorded: Promise<void>;
    })
  | (Work & { readonly status: 'failed'; readonly failure: Failure; readonly seconds: number })
  /** Another step or process is computing the same action. */
  | { readonly status: 'busy' }
  | (Work & { readonly status: 'aborted' })
  /** Blobs that the step needs are damaged or missing. */
  | (Work & { readonly status: 'lost'; readonly digests: readonly Digest[] });

/** Outcome of a step after repairs, which is never `lost`. */
export type FinalOutcome = Exclude<StepOutcome, { readonly status: 'lost' }>;

/** Outcome of a step that has outputs. */
export type DoneOutcome = Extract<StepOutcome, { readonly status: 'computed' | 'cached' }>;
