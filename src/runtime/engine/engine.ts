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

/** Services for the computation of the steps of one run. */
export interface Engine {
  readonly run: RunState;
  readonly leases: RunLeases;
  readonly trace: Trace;
  /**
   * ISO time of the start. A forced step accepts results that are newer, because another step or process computed them
   * during this run.
   */
  readonly started: string;
  /** Number of heavy tasks that may run at the same time. */
  readonly jobs: number;
  /** Memory share of each worker, if memory is bounded. */
  readonly shares?: MemoryShares;
  readonly signal: AbortSignal;
  readonly emit: (event: NewEvent) => void;
  readonly executorOf: (state: StepState) => Promise<Executor>;
  /** Producers that are being computed again, by name of the step. */
  readonly repairs: Map<string, Promise<FinalOutcome>>;
  /** Results that are being written. A step is finished once its own result is durable. */
  readonly writing: Set<Promise<unknown>>;
}

export interface ItemCounts {
  readonly computed: number;
  readonly cached: number;
}

/** Work done for a step, whatever the outcome. */
export interface Work {
  readonly items?: ItemCounts;
  /** Places that carried out its tasks. */
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

/** Outcome of a step after repairs: no blob is lost any more. */
export type FinalOutcome = Exclude<StepOutcome, { readonly status: 'lost' }>;

/** Outcome of a step that has outputs. */
export type DoneOutcome = Extract<StepOutcome, { readonly status: 'computed' | 'cached' }>;
