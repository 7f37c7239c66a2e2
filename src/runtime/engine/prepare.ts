// Prepares a run or a plan: selects the steps, and computes the digests of the files that they read.
import type { Result } from '../contracts/failure.ts';
import type { Graph } from '../contracts/graph.ts';
import type { Store } from '../store/store.ts';
import { createRunState } from './run-state.ts';
import type { RunState } from './run-state.ts';
import { matchSteps, selectSteps } from './select-steps.ts';
import { digestSources } from './source-digests.ts';

export interface Asked {
  /** Full names or base names of the requested steps, to which all upstream steps are added. Default: all steps. */
  readonly targets?: readonly string[];
  /** Steps to compute even if their results are cached. */
  readonly force?: readonly string[];
}

/** Prepares a run. Fails for names of steps that do not exist, and for files that cannot be read. */
export async function prepareRun(
  graph: Graph,
  store: Store,
  { targets, force = [] }: Asked,
): Promise<Result<RunState>> {
  const selection = selectSteps(graph, targets);
  const forced = matchSteps(graph, force);
  if (!selection.ok || !forced.ok)
    return { ok: false, failures: [selection, forced].flatMap((one) => (one.ok ? [] : one.failures)) };
  const sources = await digestSources(graph, selection.value.steps, store);
  if (!sources.ok) return sources;
  const setup = { graph, store, sources: sources.value, selection: selection.value, forced: forced.value };
  return { ok: true, value: createRunState(setup) };
}
