// Everything that happens during a run is one of these events. The terminal view, JSON lines and the run record read them.
import type { Digest } from './artifact.ts';
import type { Failure } from './failure.ts';

export type StepStatus = 'computed' | 'cached' | 'failed' | 'skipped';

export interface OutputRef {
  /** Of the artifact. */
  readonly digest: Digest;
  /** Absolute path of the Arrow file for tables; null for kinds that are no file. */
  readonly path: string | null;
}

/** The default output of a step, with its other outputs where it has some. */
export interface OutputsRef extends OutputRef {
  readonly others?: Readonly<Record<string, OutputRef>>;
}

export type LetheEvent =
  | { readonly event: 'run-started'; readonly run: string; readonly pipeline: string; readonly steps: number }
  | {
      readonly event: 'step-started';
      readonly step: string;
      readonly node: string;
      readonly reason: string;
      readonly items?: number;
    }
  | {
      readonly event: 'step-progress';
      readonly step: string;
      readonly done: number;
      readonly total: number;
      readonly unit: string;
    }
  | { readonly event: 'warning'; readonly step?: string; readonly message: string }
  | {
      readonly event: 'step-finished';
      readonly step: string;
      readonly status: StepStatus;
      readonly seconds: number;
      /** Items computed now, and items found in the store. */
      readonly items?: { readonly computed: number; readonly cached: number };
      /** Highest resident set of a worker process while it worked on the step (see `StepCost`); none for steps that need no worker. */
      readonly memory_bytes?: number;
      /** Outputs are equal to those of the step's previous result. */
      readonly unchanged?: boolean;
      readonly failure?: Failure;
    }
  | RunFinished;

export interface RunFinished {
  readonly event: 'run-finished';
  readonly computed: number;
  readonly items_computed: number;
  readonly cached: number;
  readonly failed: number;
  readonly skipped: number;
  /** Default output of every target (named) step; sweeps by full step name. */
  readonly outputs: Readonly<Record<string, OutputsRef>>;
}
