// Finds the content of `lethe why`: why a step would be computed, or why a cached step was last computed.
import type { Result } from '../contracts/failure.ts';
import type { Graph } from '../contracts/graph.ts';
import type { Store } from '../store/store.ts';
import { describeChanges, diffActions } from './diff-actions.ts';
import { planGraph } from './plan.ts';
import type { Cause, PlannedStep } from './planned-step.ts';
import { edgesOf, matchSteps } from './select-steps.ts';
import { readTrace } from './traces.ts';

/**
 * Explains the steps named `name`. A step that would be computed is compared with its last result. For a cached step,
 * the current result is compared with the one before it, which shows why the step was last computed.
 */
export async function explainSteps(
  graph: Graph,
  store: Store,
  name: string,
  force: readonly string[] = [],
): Promise<Result<readonly PlannedStep[]>> {
  const wanted = matchSteps(graph, [name]);
  if (!wanted.ok) return wanted;
  const planned = await planGraph(graph, store, { targets: [name], force });
  if (!planned.ok) return planned;
  const trace = readTrace(store, graph);
  const byName = new Map(planned.value.steps.map((one) => [one.step.name, one]));
  const explained = planned.value.steps
    .filter((one) => wanted.value.has(one.step.name))
    .map((one) => {
      if (one.status === 'cached') return explainCached(one, trace.before(one.step.name, one.key), store);
      return one.status === 'unknown' ? { ...one, causes: causesOf(one, byName) } : one;
    });
  return { ok: true, value: explained };
}

/** Upstream steps that are certain to be computed, nearest first. They are the reason why the step is `unknown`. */
function causesOf(unknown: PlannedStep, byName: ReadonlyMap<string, PlannedStep>): readonly Cause[] {
  const seen = new Set<PlannedStep>([unknown]);
  const causes = new Map<string, Cause>();
  // The set grows during the iteration.
  for (const { step, status, reason } of seen) {
    if (status === 'will-run') {
      const id = `${step.base}\0${reason}`;
      const points = (causes.get(id)?.points ?? 0) + 1;
      causes.set(id, { step: points === 1 ? step.name : step.base, points, reason });
    }
    if (status !== 'unknown') continue;
    for (const edge of edgesOf(step)) {
      const above = byName.get(edge.step);
      if (above !== undefined) seen.add(above);
    }
  }
  return [...causes.values()];
}

function explainCached(planned: PlannedStep, previousKey: PlannedStep['key'], store: Store): PlannedStep {
  const { result, step } = planned;
  const when = result ? `, computed ${result.finished}` : '';
  const previous = previousKey && store.result(previousKey);
  if (!result || !previous) return { ...planned, reason: `nothing changed${when}; no earlier result to compare with` };
  const changes = diffActions(previous.action, result.action, step);
  return { ...planned, reason: `nothing changed${when}, because of ${describeChanges(changes)}`, changes };
}
