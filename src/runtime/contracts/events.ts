// Events: everything that happens during a run. The terminal, JSON lines and the run record are views (view.ts) of the
// same events.
import type { Digest } from './artifact.ts';
import type { Failure } from './failure.ts';

export type StepStatus = 'computed' | 'cached' | 'failed' | 'skipped';

export interface OutputRef {
  /** Digest of the artifact. */
  readonly digest: Digest;
  /** Absolute path of the Arrow file if the artifact is a table, else null. */
  readonly path: string | null;
}

/** The default output of a step. `others` holds the other outputs of the step by name; absent if there are none. */
export interface OutputsRef extends OutputRef {
  readonly others?: Readonly<Record<string, OutputRef>>;
}

interface Happened {
  /** Time, in milliseconds since 1970. */
  readonly at: number;
}

export interface RunStarted extends Happened {
  readonly event: 'run-started';
  readonly run: string;
  readonly pipeline: string;
  readonly steps: number;
}

export interface StepStarted extends Happened {
  readonly event: 'step-started';
  readonly step: string;
  readonly node: string;
  readonly reason: string;
  /** Number of items that will be computed; absent if the node does not map over items. */
  readonly items?: number;
}

export interface StepProgress extends Happened {
  readonly event: 'step-progress';
  readonly step: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  /** Process that carries out the task: `main` or the name of a worker process. */
  readonly worker?: string;
}

export interface Warning extends Happened {
  readonly event: 'warning';
  readonly step?: string;
  readonly message: string;
  /** Process that carries out the task, as in `step-progress`. */
  readonly worker?: string;
}

export interface StepFinished extends Happened {
  readonly event: 'step-finished';
  readonly step: string;
  readonly status: StepStatus;
  readonly seconds: number;
  /** Number of items computed in this run, and number of items found in the store. */
  readonly items?: { readonly computed: number; readonly cached: number };
  /** Processes that carried out tasks of the step, as in `step-progress`; absent if the step was not computed. */
  readonly workers?: readonly string[];
  /**
   * Largest resident set, in bytes, of a worker process while it worked on the step (see `StepCost`); absent for steps
   * that need no worker.
   */
  readonly memory_bytes?: number;
  /** Outputs of a computed or cached step. */
  readonly outputs?: OutputsRef;
  /** True if the step was computed and its outputs equal the outputs of its previous result. */
  readonly unchanged?: boolean;
  readonly failure?: Failure;
}

export interface RunFinished extends Happened {
  readonly event: 'run-finished';
  readonly computed: number;
  readonly items_computed: number;
  readonly cached: number;
  readonly failed: number;
  readonly skipped: number;
  /** True if the user stopped the run before it was complete. */
  readonly interrupted: boolean;
  /** Outputs of every target step. Steps of a sweep are listed under their full names. */
  readonly outputs: Readonly<Record<string, OutputsRef>>;
}

export type LetheEvent = RunStarted | StepStarted | StepProgress | Warning | StepFinished | RunFinished;

type WithoutTime<E> = E extends LetheEvent ? Omit<E, 'at'> : never;
/** An event without its time, which `stamped` adds. */
export type NewEvent = WithoutTime<LetheEvent>;

export function stamped<E extends NewEvent>(event: E): E & Happened {
  return { ...event, at: Date.now() };
}
