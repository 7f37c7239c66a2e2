// Plans a run: finds the status of each step and the reason. Keys are formed as in a run, but no step is computed.
import type { Result } from '../contracts/failure.ts';
import type { Graph } from '../contracts/graph.ts';
import { listItems } from './list-items.ts';
import type { PlannedStep } from './planned-step.ts';
import { prepareRun } from './prepare.ts';
import type { Asked } from './prepare.ts';
import { rerunReason } from './rerun-reason.ts';
import type { RunState, StepState } from './run-state.ts';
import { settleCached } from './run-state.ts';
import type { ResultRecord, Store } from '../store/store.ts';
import type { Trace } from './traces.ts';
import { changesSince, readTrace } from './traces.ts';

export interface Plan {
  /** Steps in topological order. */
  readonly steps: readonly PlannedStep[];
}

export interface PlanOptions extends Asked {
  /** If set, also estimates time and memory of the steps that would be computed. */
  readonly expect?: true;
}

export async function planGraph(graph: Graph, store: Store, options: PlanOptions = {}): Promise<Result<Plan>> {
  const prepared = await prepareRun(graph, store, options);
  if (!prepared.ok) return prepared;
  const run = prepared.value;
  const results = new Map<StepState, ResultRecord>();
  const ready = new Set(
    settleCached(
      run,
      run.states.filter((state) => state.waiting === 0),
      (state, result) => results.set(state, result),
    ),
  );
  const trace = readTrace(store, graph);
  const steps: PlannedStep[] = [];
  for (const state of run.states) {
    const result = results.get(state);
    if (result)
      steps.push({
        step: state.step,
        status: 'cached',
        reason: 'nothing changed',
        result,
        ...(state.key ? { key: state.key } : {}),
      });
    else steps.push(ready.has(state) ? await planReady(run, state, trace) : planUnknown(state));
  }
  return { ok: true, value: { steps: options.expect ? await withExpected(steps, store, trace) : steps } };
}

async function withExpected(steps: readonly PlannedStep[], store: Store, trace: Trace): Promise<PlannedStep[]> {
  const { expectationsFrom } = await import('./expect.ts');
  const expect = expectationsFrom(store, trace);
  return steps.map((planned) => {
    const expected = planned.status === 'cached' ? undefined : expect(planned);
    return expected ? { ...planned, expected } : planned;
  });
}

async function planReady(run: RunState, state: StepState, trace: Trace): Promise<PlannedStep> {
  const { step, key, action } = state;
  const changes = action && changesSince(trace, step, action);
  const itemsMissing = step.items ? await countMissing(run, state) : undefined;
  return {
    step,
    status: 'will-run',
    reason: rerunReason(run, state, changes),
    ...(key ? { key } : {}),
    ...(changes ? { changes } : {}),
    ...(itemsMissing === undefined ? {} : { itemsMissing }),
  };
}

async function countMissing(run: RunState, state: StepState): Promise<number | undefined> {
  try {
    const listed = await listItems(run, state);
    if ('lost' in listed) return undefined;
    if (state.forced) return listed.unique.size;
    return [...listed.unique.keys()].filter((key) => run.store.result(key) === undefined).length;
  } catch {
    // A plan ignores the failure: the run will report it in detail.
    return undefined;
  }
}

function planUnknown(state: StepState): PlannedStep {
  const waiting = state.upstream.filter((one) => one.outputs === undefined).map((one) => one.step.name);
  const names = waiting.slice(0, 3).join(', ') + (waiting.length > 3 ? `, and ${waiting.length - 3} more` : '');
  return { step: state.step, status: 'unknown', reason: `depends on the outputs of ${names}` };
}
