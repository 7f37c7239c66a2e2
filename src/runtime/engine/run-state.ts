// State of one run: which steps have outputs, and which are ready. Cached steps are settled (given their outputs) in
// one synchronous loop, without a promise per step, because a run of ten thousand cached steps spends most of its time
// in this loop.
import { actionOf, inputRefs } from './action.ts';
import type { Key } from '../contracts/artifact.ts';
import type { OutputRef, OutputsRef } from '../contracts/events.ts';
import type { Edge, Graph, Step } from '../contracts/graph.ts';
import type { ActionRecord } from '../contracts/keys.ts';
import { actionKey } from '../contracts/keys.ts';
import type { Selection } from './select-steps.ts';
import { FinalChecks } from './final-checks.ts';
import { edgesOf } from './select-steps.ts';
import type { SourceDigests } from './source-digests.ts';
import type { ResultRecord, Store } from '../store/store.ts';
import type { InputRefs, StoredArtifact } from '../workers/task.ts';

export type Outputs = Readonly<Record<string, StoredArtifact>>;

export interface StepState {
  readonly step: Step;
  readonly upstream: readonly StepState[];
  readonly dependants: StepState[];
  /** True if the step is computed even if its result is cached. */
  forced: boolean;
  /** Number of upstream steps that have no outputs yet. */
  waiting: number;
  action?: ActionRecord;
  key?: Key;
  outputs?: Outputs;
  /** Outputs as events describe them; absent until `outputsRefOf` computes them. */
  refs?: OutputsRef;
  status?: 'computed' | 'cached' | 'failed' | 'skipped';
}

/**
 * True if the step runs in the main process. Only light steps of built-in node types do. Light steps of users' node
 * types run in a worker, where an endless loop can be stopped.
 */
export function isLight(step: Step): boolean {
  return step.light && step.module === undefined;
}

export interface RunState {
  readonly graph: Graph;
  readonly store: Store;
  readonly sources: SourceDigests;
  readonly states: readonly StepState[];
  readonly byName: ReadonlyMap<string, StepState>;
  readonly targets: ReadonlySet<string>;
  readonly checks: FinalChecks;
}

export interface StateSetup {
  readonly graph: Graph;
  readonly store: Store;
  readonly sources: SourceDigests;
  readonly selection: Selection;
  readonly forced: ReadonlySet<string>;
}

export function createRunState({ graph, store, sources, selection, forced }: StateSetup): RunState {
  const byName = new Map<string, StepState>();
  for (const step of selection.steps) {
    const upstream = [...new Set(edgesOf(step).map((edge) => edge.step))].map((name) => {
      const state = byName.get(name);
      if (!state) throw new Error(`${step.name} comes before its input ${name}`);
      return state;
    });
    const state: StepState = {
      step,
      upstream,
      dependants: [],
      forced: forced.has(step.name),
      waiting: upstream.length,
    };
    for (const one of upstream) one.dependants.push(state);
    byName.set(step.name, state);
  }
  return {
    graph,
    store,
    sources,
    states: [...byName.values()],
    byName,
    targets: selection.targets,
    checks: new FinalChecks(store),
  };
}

function artifactOf(run: RunState, state: StepState, edge: Edge): StoredArtifact {
  const artifact = run.byName.get(edge.step)?.outputs?.[edge.output];
  if (!artifact) throw new Error(`${state.step.name}: ${edge.step} has no output ${edge.output}`);
  return artifact;
}

/** Inputs of a step whose upstream steps all have outputs. */
export function inputsOf(run: RunState, state: StepState): InputRefs {
  return inputRefs(state.step, (edge) => artifactOf(run, state, edge));
}

/** Computes the action and key of a step whose inputs are known. */
export function identify(run: RunState, state: StepState): Key {
  state.action = actionOf(state.step, run.graph, run.sources, (edge) => artifactOf(run, state, edge));
  state.key = actionKey(state.action);
  return state.key;
}

/**
 * True if the Arrow file of an output exists and, for a final step, also its manifest. Bytes are verified only when
 * they are read.
 */
function isPresent(store: Store, { digest, table }: StoredArtifact, final: boolean): boolean {
  return (table === undefined || store.path(table) !== undefined) && (!final || store.has(digest));
}

/** True for a final step: a target whose outputs no other step reads. */
function isFinal(run: RunState, state: StepState): boolean {
  return state.dependants.length === 0 && run.targets.has(state.step.name);
}

/**
 * Returns the result of a step if it is complete: it has all outputs, and the files of a target exist. Else undefined.
 */
export function usableResult(run: RunState, state: StepState): ResultRecord | undefined {
  const result = state.key && run.store.result(state.key);
  if (!result) return undefined;
  const present = run.targets.has(state.step.name);
  const final = isFinal(run, state);
  for (const name in state.step.outputs) {
    const artifact: StoredArtifact | undefined = result.outputs[name];
    if (!artifact || (present && !isPresent(run.store, artifact, final))) return undefined;
    if (final && artifact.table && !run.checks.isIntact(artifact.table)) return undefined;
  }
  return result;
}

/** Gives a step its outputs. Returns the dependent steps that became ready. */
export function settle(state: StepState, status: 'computed' | 'cached', outputs: Outputs): readonly StepState[] {
  const first = state.outputs === undefined;
  state.outputs = outputs;
  delete state.refs;
  state.status = status;
  return first
    ? state.dependants.filter((dependant) => --dependant.waiting === 0 && dependant.status === undefined)
    : [];
}

/**
 * Settles the cached steps in `from`, then the cached steps among their dependent steps, and so on. The inputs of the
 * steps in `from` must be known. Returns the steps whose inputs are known but that have no usable result. `onCached` is
 * called for every settled step.
 */
export function settleCached(
  run: RunState,
  from: readonly StepState[],
  onCached: (state: StepState, result: ResultRecord) => void,
): StepState[] {
  const open = [...from];
  const ready: StepState[] = [];
  for (let i = 0; i < open.length; i++) {
    const state = open[i] as StepState;
    identify(run, state);
    const result = state.forced ? undefined : usableResult(run, state);
    if (!result) {
      ready.push(state);
      continue;
    }
    open.push(...settle(state, 'cached', result.outputs));
    onCached(state, result);
  }
  return ready;
}

/** Marks all steps that depend on a failed step as skipped. Returns the steps that were not marked before. */
export function skipDependants(state: StepState): readonly StepState[] {
  const skipped: StepState[] = [];
  const open = [...state.dependants];
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.status !== undefined) continue;
    next.status = 'skipped';
    skipped.push(next);
    open.push(...next.dependants);
  }
  return skipped;
}

/** All steps on which a step depends, in topological order. */
export function ancestorsOf(run: RunState, state: StepState): readonly StepState[] {
  const found = new Set<StepState>();
  const open = [...state.upstream];
  for (let next = open.pop(); next; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...next.upstream);
  }
  return run.states.filter((one) => found.has(one));
}

/** Outputs of a settled step as events describe them; undefined for a step without outputs. */
export function outputsRefOf({ store }: RunState, state: StepState): OutputsRef | undefined {
  if (state.refs || !state.outputs) return state.refs;
  const refOf = ({ digest, table }: StoredArtifact): OutputRef => ({
    digest,
    path: (table === undefined ? undefined : store.path(table)) ?? null,
  });
  const [first, ...others] = Object.keys(state.step.outputs).flatMap((name) => {
    const artifact = state.outputs?.[name];
    return artifact ? [[name, refOf(artifact)] as const] : [];
  });
  if (!first) return undefined;
  state.refs = { ...first[1], ...(others.length > 0 ? { others: Object.fromEntries(others) } : {}) };
  return state.refs;
}

/** Names and keys of all steps that have a result, for the trace. */
export function settledKeys(run: RunState): readonly (readonly [string, Key])[] {
  const entries: (readonly [string, Key])[] = [];
  for (const { step, key, outputs } of run.states) if (key && outputs) entries.push([step.name, key]);
  return entries;
}
