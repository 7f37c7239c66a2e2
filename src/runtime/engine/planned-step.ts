// A planned step: its status, the reason, and the expected cost. Data only; plan.ts creates it.
import type { Key } from '../contracts/artifact.ts';
import type { Step } from '../contracts/graph.ts';
import type { ResultRecord } from '../store/store.ts';
import type { Change } from './diff-actions.ts';

export interface PlannedStep {
  readonly step: Step;
  /** Status. `unknown`: the step depends on the outputs of a step that would be computed. */
  readonly status: 'cached' | 'will-run' | 'unknown';
  readonly reason: string;
  readonly key?: Key;
  readonly result?: ResultRecord;
  /** Differences from the step's last result, field by field; absent if there is no last result. */
  readonly changes?: readonly Change[];
  /**
   * Upstream steps that are certain to be computed, for a step whose inputs are not known yet. Only `explainSteps` sets
   * it.
   */
  readonly causes?: readonly Cause[];
  /** Number of items that would be computed. */
  readonly itemsMissing?: number;
  /** Expected time and memory, if requested and if a similar step was measured before. */
  readonly expected?: Expected;
}

/** An upstream step, with all points of its sweep that would be computed for the same reason. */
export interface Cause {
  readonly step: string;
  readonly points: number;
  readonly reason: string;
}

/** Source of an estimate: the step's own last result, steps with the same node type and params, or with the same node type. */
export type MeasuredFrom = 'step' | 'params' | 'node';

/** Expected time and memory of one step. */
export interface Expected {
  /** Seconds of work, summed over all workers. */
  readonly seconds: number;
  /** Items that would be computed. `known` is false if `count` is only the number of the last run. */
  readonly items?: { readonly count: number; readonly known: boolean };
  /** Largest expected resident set of a worker process in bytes; absent if the step needs no worker. */
  readonly memory?: number;
  readonly from: MeasuredFrom;
}
