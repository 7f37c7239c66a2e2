// The shared context of everything that computes steps, and the ways a step can end. Types only.
import type { Digest } from '../contracts/artifact.ts';
import type { NewEvent } from '../contracts/events.ts';
import type { Failure } from '../contracts/failure.ts';
import type { MemoryShares } from '../contracts/memory-shares.ts';
import type { StepCost } from '../store/store.ts';
import type { Executor } from '../workers/executor.ts';
import type { RunLeases } from './run-leases.ts';
import type { Outputs, RunState, StepState } from './run-state.ts';
import type { Trace } from './traces.ts';

/** Services for computing the steps of one run. */
export interface Engine {
  readonly run: RunState;
  readonly leases: RunLeases;
  readonly trace: Trace;
  /** ISO time. A forced step accepts results that are younger: another step or process of now made them. */
  readonly started: string;
  /** Number of heavy tasks that may run at the same time. */
  readonly jobs: number;
  /** Memory that each of their workers may hold, where it is bounded. */
  readonly shares?: MemoryShares;
  readonly signal: AbortSignal;
  readonly emit: (event: NewEvent) => void;
  readonly executorOf: (state: StepState) => Promise<Executor>;
  /** Producers that are being computed again, by step name. */
  readonly repairs: Map<string, Promise<FinalOutcome>>;
  /** Results that are being written; a step is finished when its own is durable. */
  readonly writing: Set<Promise<unknown>>;
}

export interface ItemCounts {
  readonly computed: number;
  readonly cached: number;
}

/** Work that was done for a step, whatever came of it. */
export interface Work {
  readonly items?: ItemCounts;
  /** Places where its tasks were carried out. */
  readonly workers?: readonly string[];
}

/** How an attempt at a step ended. A `TaskOutcome` is the same for one of its tasks. */
export type StepOutcome =
  | (Work & {
      readonly status: 'computed' | 'cached';
      readonly outputs: Outputs;
      readonly seconds: number;
      /** Cost of computing it here and now. */
      readonly cost?: StepCost;
      /** Resolves when the result is durable. */
      readonly recorded: Promise<void>;
    })
  | (Work & { readonly status: 'failed'; readonly failure: Failure; readonly seconds: number })
  /** Another step or process is computing this very action. */
  | { readonly status: 'busy' }
  | (Work & { readonly status: 'aborted' })
  /** Blobs that the step needs are damaged or gone. */
  | (Work & { readonly status: 'lost'; readonly digests: readonly Digest[] });

/** A step outcome after repairs: nothing is lost any more. */
export type FinalOutcome = Exclude<StepOutcome, { readonly status: 'lost' }>;

/** Outcome of a step that has outputs. */
export type DoneOutcome = Extract<StepOutcome, { readonly status: 'computed' | 'cached' }>;
