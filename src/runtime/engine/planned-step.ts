// A planned step: its status, the reason, and the expected cost. Data only; plan.ts creates it.
import type { Key } from '../contracts/artifact.ts';
import type { Step } from '../contracts/graph.ts';
import type { ResultRecord } from '../store/store.ts';
import type { Change } from './diff-actions.ts';

export interface PlannedStep {
  readonly step: Step;
  /** Status of the step. It is `unknown` if the step depends on outputs of a step that would be computed. */
  readonly status: 'cached' | 'will-run' | 'unknown';
  readonly reason: string;
  readonly key?: Key;
  readonly result?: ResultRecord;
  /**
   * Differences between the action of the step and the action of its last result; absent if there is no last result.
   */
  readonly changes?: readonly Change[];
  /** For an `unknown` step, the upstream steps that are certain to be computed. Only `explainSteps` sets this field. */
  readonly causes?: readonly Cause[];
  /** Number of items that would be computed; absent if it is not known. */
  readonly itemsMissing?: number;
  /** Expected time and memory; absent if not requested, or if no similar step was measured before. */
  readonly expected?: Expected;
}

/** An upstream step that would be computed. `points` counts the points of its sweep that have the same reason. */
export interface Cause {
  readonly step: string;
  readonly points: number;
  readonly reason: string;
}

/**
 * Source of an estimate: the last result of the step itself (`step`), steps with the same node type and params
 * (`params`), or only with the same node type (`node`).
 */
export type MeasuredFrom = 'step' | 'params' | 'node';

/** Expected time and memory of one step. */
export interface Expected {
  /** Seconds of work, summed over all workers. */
  readonly seconds: number;
  /** Items that would be computed. If `known` is false, `count` is only the number of items in an earlier run. */
  readonly items?: { readonly count: number; readonly known: boolean };
  /** Largest expected resident set of a worker process in bytes; absent if the step needs no worker. */
  readonly memory?: number;
  readonly from: MeasuredFrom;
}
