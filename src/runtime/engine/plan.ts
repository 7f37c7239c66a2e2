// What a run would do, without doing it: the same keys from the same inputs, each step's status and the reason for it.
import type { Key } from '../contracts/artifact.ts';
import type { Result } from '../contracts/failure.ts';
import type { Graph, Step } from '../contracts/graph.ts';
import type { Expected } from './expect.ts';
import { listItems } from './list-items.ts';
import { prepareState } from './run.ts';
import type { RunState, StepState } from './run-state.ts';
import { settleCached } from './run-state.ts';
import { matchSteps, selectSteps } from './select-steps.ts';
import type { ResultRecord, Store } from '../store/store.ts';
import type { Trace } from './traces.ts';
import { changesSince, readTrace } from './traces.ts';
import type { Change } from './why.ts';
import { describeChanges } from './why.ts';

export interface PlannedStep {
  readonly step: Step;
  /** `unknown`: it depends on what a step that will run gives. */
  readonly status: 'cached' | 'will-run' | 'unknown';
  readonly reason: string;
  readonly key?: Key;
  readonly result?: ResultRecord;
  /** Against the step's last result, field by field; absent where there is none. */
  readonly changes?: readonly Change[];
  /** Of a step whose inputs are not known yet: the steps upstream that would run whatever else does. Only `why` says so. */
  readonly causes?: readonly Cause[];
  /** Items that would be computed. */
  readonly itemsMissing?: number;
  /** What it would take, where that was asked for and something like it was measured. */
  readonly expected?: Expected;
}

/** A step upstream, with all points of its sweep that would run for the same reason. */
export interface Cause {
  readonly step: string;
  readonly points: number;
  readonly reason: string;
}

export interface Plan {
  /** In topological order. */
  readonly steps: readonly PlannedStep[];
}

export interface PlanOptions {
  readonly targets?: readonly string[];
  readonly force?: readonly string[];
  /** Says what to expect of the steps that would run. */
  readonly expect?: true;
}

export async function planGraph(graph: Graph, store: Store, options: PlanOptions = {}): Promise<Result<Plan>> {
  const selection = await selectSteps(graph, options.targets);
  const forced = await matchSteps(graph, options.force ?? []);
  if (!selection.ok || !forced.ok)
    return { ok: false, failures: [selection, forced].flatMap((one) => (one.ok ? [] : one.failures)) };
  const prepared = await prepareState(graph, store, selection.value, forced.value);
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
    reason: reasonOf(run, state, changes),
    ...(key ? { key } : {}),
    ...(changes ? { changes } : {}),
    ...(itemsMissing === undefined ? {} : { itemsMissing }),
  };
}

function reasonOf(run: RunState, state: StepState, changes: readonly Change[] | undefined): string {
  if (state.forced) return 'forced';
  if (state.key && run.store.result(state.key)) return 'its result is damaged or gone';
  return changes ? describeChanges(changes) : 'no earlier result';
}

async function countMissing(run: RunState, state: StepState): Promise<number | undefined> {
  try {
    const listed = await listItems(run, state);
    if ('lost' in listed) return undefined;
    if (state.forced) return listed.unique.size;
    return [...listed.unique.keys()].filter((key) => run.store.result(key) === undefined).length;
  } catch {
    // A plan does not fail where the run will: the run says it better.
    return undefined;
  }
}

function planUnknown(state: StepState): PlannedStep {
  const waiting = state.upstream.filter((one) => one.outputs === undefined).map((one) => one.step.name);
  const names = waiting.slice(0, 3).join(', ') + (waiting.length > 3 ? `, and ${waiting.length - 3} more` : '');
  return { step: state.step, status: 'unknown', reason: `depends on what ${names} will give` };
}
