// Traces: for every pipeline file, the key of each step's last result. `why`, `plan` and the reasons of reruns use
// them; no result depends on them.
import type { Digest, Key } from '../contracts/artifact.ts';
import type { Graph, Step } from '../contracts/graph.ts';
import { digestPipeline, digestRun } from '../contracts/keys.ts';
import type { ActionRecord } from '../contracts/keys.ts';
import type { ResultRecord, Store } from '../store/store.ts';
import type { Change } from './diff-actions.ts';
import { diffActions } from './diff-actions.ts';

/** Keys of a step: of its last result, and of the result before that one (null if there is none). */
type Traced = readonly [Key, Key | null];

/** Stored trace of one pipeline file. Its keys are roots for garbage collection. */
export interface TraceDocument {
  readonly file: string;
  readonly pipeline: string;
  readonly finished: string;
  readonly steps: Readonly<Record<string, Traced>>;
}

function traceId(graph: Graph): string {
  return digestPipeline(graph.file === '<code>' ? null : graph.file, graph.pipeline);
}

export interface Trace {
  /** Key of the step's last result. */
  last(step: string): Key | undefined;
  /** Key of the newest result whose key is not `key`. */
  before(step: string, key: Key | undefined): Key | undefined;
  /** Earlier result of the step with which a new action can be compared; undefined if there is none. */
  previous(step: Step): ResultRecord | undefined;
  readonly document: TraceDocument | undefined;
}

/** Returns the trace of a graph. It is read on first use, so that a run in which nothing changed does not read it. */
export function readTrace(store: Store, graph: Graph): Trace {
  let document: TraceDocument | undefined | null = null;
  let elsewhere: ((step: Step) => ResultRecord | undefined) | undefined;
  const own = (): TraceDocument | undefined =>
    document === null ? (document = store.doc<TraceDocument>('traces', traceId(graph))) : document;
  const last = (step: string): Key | undefined => own()?.steps[step]?.[0];
  return {
    last,
    before: (step, key) => {
      const traced = own()?.steps[step];
      return traced?.[0] === key ? (traced?.[1] ?? undefined) : traced?.[0];
    },
    previous: (step) => {
      const key = last(step.name);
      return (key && store.result(key)) ?? (elsewhere ??= searchElsewhere(store, graph, own()))(step);
    },
    get document() {
      return own();
    },
  };
}

/** Largest number of other pipeline files, and of renamed steps, to search. */
const NEARBY = 20;

/**
 * Returns a function that finds an earlier result of a step elsewhere: in other files of the same pipeline (after a
 * move or copy), or in this file under a name that no longer exists. Other pipelines are not searched, even if their
 * steps have the same names.
 */
function searchElsewhere(
  store: Store,
  graph: Graph,
  own: TraceDocument | undefined,
): (step: Step) => ResultRecord | undefined {
  const present = new Set(graph.steps.map((step) => step.name));
  const renamed = Object.entries(own?.steps ?? {}).filter(([name]) => !present.has(name));
  const results = renamed.slice(0, NEARBY).flatMap(([, [key]]) => store.result(key) ?? []);
  const others = [...store.docs<TraceDocument>('traces', { limit: NEARBY })]
    .map(({ value }) => value)
    .filter(({ file, pipeline }) => file !== graph.file && pipeline === graph.pipeline);
  return (step) => {
    const same = others.flatMap(({ steps }) => steps[step.name]?.[0] ?? []).flatMap((key) => store.result(key) ?? []);
    const candidates = [...same, ...results].filter((result) => result.action.node === step.node);
    return candidates.sort((a, b) => (a.finished < b.finished ? 1 : -1))[0];
  };
}

/** Differences between an action and the last result of the step; undefined if there is no earlier result. */
export function changesSince(trace: Trace, step: Step, action: ActionRecord): readonly Change[] | undefined {
  const previous = trace.previous(step);
  return previous && diffActions(previous.action, action, step);
}

/**
 * Stores the keys of this run. If they are the same as in the last run, only one digest is read and nothing is written.
 * A step that was not part of the run keeps its last key.
 */
export async function writeTrace(
  store: Store,
  graph: Graph,
  entries: readonly (readonly [string, Key])[],
): Promise<void> {
  if (store.readOnly || entries.length === 0) return;
  const id = traceId(graph);
  const head = digestRun(entries);
  if (store.doc<Digest>('memo', `trace/${id}`) === head) return;
  const old = store.doc<TraceDocument>('traces', id)?.steps ?? {};
  const steps: Record<string, Traced> = {};
  const now = new Map(entries);
  for (const { name } of graph.steps) {
    const key = now.get(name);
    const before = old[name];
    if (key === undefined) {
      if (before) steps[name] = before;
    } else if (before?.[0] === key) steps[name] = before;
    else steps[name] = [key, before?.[0] ?? null];
  }
  const document: TraceDocument = {
    file: graph.file,
    pipeline: graph.pipeline,
    finished: new Date().toISOString(),
    steps,
  };
  await Promise.all([store.setDoc('traces', id, document), store.setDoc('memo', `trace/${id}`, head)]);
}
