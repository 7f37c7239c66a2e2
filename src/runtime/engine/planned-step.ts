// A step as a plan sees it: what would happen to it, why, and what that is expected to take. Data only; plan.ts makes them.
import type { Key } from '../contracts/artifact.ts';
import type { Step } from '../contracts/graph.ts';
import type { ResultRecord } from '../store/store.ts';
import type { Change } from './diff-actions.ts';

export interface PlannedStep {
  readonly step: Step;
  /** `unknown`: it depends on the outputs of a step that would be computed. */
  readonly status: 'cached' | 'will-run' | 'unknown';
  readonly reason: string;
  readonly key?: Key;
  readonly result?: ResultRecord;
  /** Differences from the step's last result, field by field; absent where there is none. */
  readonly changes?: readonly Change[];
  /** Upstream steps certain to be computed, for a step whose inputs are not known yet; filled in by `explainSteps` only. */
  readonly causes?: readonly Cause[];
  /** Items that would be computed. */
  readonly itemsMissing?: number;
  /** Time and memory, where that was asked for and a similar step was measured before. */
  readonly expected?: Expected;
}

/** A step upstream, with all points of its sweep that would be computed for the same reason. */
export interface Cause {
  readonly step: string;
  readonly points: number;
  readonly reason: string;
}

/** Source of an estimate: the step's own last result, steps with the same node type and params, or with the same node type. */
export type MeasuredFrom = 'step' | 'params' | 'node';

/** Time and memory that one step is expected to take. */
export interface Expected {
  /** Seconds of work, however many workers share it. */
  readonly seconds: number;
  /** Items that would be computed; `known` is false where their number is only that of the last time. */
  readonly items?: { readonly count: number; readonly known: boolean };
  /** Bytes: the largest resident set of a worker process for such a step; absent where it needs no worker. */
  readonly memory?: number;
  readonly from: MeasuredFrom;
}
