// The reason why a step has to be computed, in one line for people. Plans and runs give the same.
import type { Change } from './diff-actions.ts';
import { describeChanges } from './diff-actions.ts';
import type { RunState, StepState } from './run-state.ts';

/** `changes` are those since the step's last result; undefined where there is none. */
export function rerunReason(run: RunState, state: StepState, changes: readonly Change[] | undefined): string {
  if (state.forced) return 'forced';
  if (state.key && run.store.result(state.key)) return 'its result is damaged or gone';
  return changes ? describeChanges(changes) : 'no earlier result';
}
