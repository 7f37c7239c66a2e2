// Events: everything that happens during a run. The terminal, JSON lines and the run record are views (view.ts) of the same events.
import type { Digest } from './artifact.ts';
import type { Failure } from './failure.ts';

export type StepStatus = 'computed' | 'cached' | 'failed' | 'skipped';

export interface OutputRef {
  /** Digest of the artifact. */
  readonly digest: Digest;
  /** Absolute path of the Arrow file if the artifact is a table, else null. */
  readonly path: string | null;
}

/** The default output of a step. `outputs` lists all outputs if there are several. */
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
  /** Place where the task is carried out: `main` or the name of a worker process. */
  readonly worker?: string;
}

export interface Warning extends Happened {
  readonly event: 'warning';
  readonly step?: string;
  readonly message: string;
  /** Place of the task, as in `step-progress`. */
  readonly worker?: string;
}

export interface StepFinished extends Happened {
  readonly event: 'step-finished';
  readonly step: string;
  readonly status: StepStatus;
  readonly seconds: number;
  /** Number of items computed in this run, and number found in the store. */
  readonly items?: { readonly computed: number; readonly cached: number };
  /** Places that carried out tasks of the step, as in `step-progress`; absent for steps that were not computed. */
  readonly workers?: readonly string[];
  /**
   * Largest resident set of a worker process while it worked on the step (see `StepCost`); absent for steps that need
   * no worker.
   */
  readonly memory_bytes?: number;
  /** Outputs of a computed or cached step. */
  readonly outputs?: OutputsRef;
  /** True if the outputs equal those of the step's previous result. */
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
/** An event before `stamped` adds the time. */
export type NewEvent = WithoutTime<LetheEvent>;

export function stamped<E extends NewEvent>(event: E): E & Happened {
  return { ...event, at: Date.now() };
}
