// Events: everything that happens during a run. The terminal, JSON lines and the run record are views (view.ts) of the same events.
import type { Digest } from './artifact.ts';
import type { Failure } from './failure.ts';

export type StepStatus = 'computed' | 'cached' | 'failed' | 'skipped';

export interface OutputRef {
  /** Digest of the artifact. */
  readonly digest: Digest;
  /** Absolute path of the Arrow file of a table; null for artifacts that are no file. */
  readonly path: string | null;
}

/** The default output of a step, with its other outputs where it has some. */
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
  /** Items to compute. */
  readonly items?: number;
}

export interface StepProgress extends Happened {
  readonly event: 'step-progress';
  readonly step: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  /** Place of the task: `main`, a worker process, a machine. */
  readonly worker?: string;
}

export interface Warning extends Happened {
  readonly event: 'warning';
  readonly step?: string;
  readonly message: string;
  /** As in `step-progress`. */
  readonly worker?: string;
}

export interface StepFinished extends Happened {
  readonly event: 'step-finished';
  readonly step: string;
  readonly status: StepStatus;
  readonly seconds: number;
  /** Items computed now, and items found in the store. */
  readonly items?: { readonly computed: number; readonly cached: number };
  /** Places where tasks of the step were carried out, as in `step-progress`; absent for steps that were not computed. */
  readonly workers?: readonly string[];
  /** Highest resident set of a worker process while it worked on the step (see `StepCost`); absent for steps that need no worker. */
  readonly memory_bytes?: number;
  /** Outputs of a computed or cached step. */
  readonly outputs?: OutputsRef;
  /** Outputs are equal to those of the step's previous result. */
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
  /** The run was told to stop before it was complete. */
  readonly interrupted: boolean;
  /** Outputs of every target (named) step; steps of sweeps by full name. */
  readonly outputs: Readonly<Record<string, OutputsRef>>;
}

export type LetheEvent = RunStarted | StepStarted | StepProgress | Warning | StepFinished | RunFinished;

type WithoutTime<E> = E extends LetheEvent ? Omit<E, 'at'> : never;
/** An event as whoever causes it says it; `stamped` adds the time. */
export type NewEvent = WithoutTime<LetheEvent>;

export function stamped<E extends NewEvent>(event: E): E & Happened {
  return { ...event, at: Date.now() };
}
