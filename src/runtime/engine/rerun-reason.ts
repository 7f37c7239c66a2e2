// Reason why a step must be computed, in one line for people. Plans and runs give the same reason.
import type { Change } from './diff-actions.ts';
import { describeChanges } from './diff-actions.ts';
import type { RunState, StepState } from './run-state.ts';

/**
 * Returns the reason for computing a step. `changes` are the differences from its last result; undefined if there is no
 * last result.
 */
export function rerunReason(run: RunState, state: StepState, changes: readonly Change[] | undefined): string {
  if (state.forced) return 'forced';
  if (state.key && run.store.result(state.key)) return 'its result is damaged or missing';
  return changes ? describeChanges(changes) : 'no earlier result';
}
