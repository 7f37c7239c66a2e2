// Record of a run: one small document per run, read by `lethe runs`. It is made from the events of the run, and no
// result depends on it.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { RunFinished } from '../contracts/events.ts';
import type { Failure } from '../contracts/failure.ts';
import type { Graph, Json } from '../contracts/graph.ts';
import type { View } from '../contracts/view.ts';
import type { Store } from '../store/store.ts';
import type { GitState } from './git-state.ts';

export interface RunRecord {
  readonly id: string;
  readonly started: string;
  readonly finished: string;
  readonly seconds: number;
  readonly pipeline: string;
  readonly file: string;
  readonly params: Readonly<Record<string, Json>>;
  readonly targets?: readonly string[];
  readonly git?: GitState;
  readonly host: string;
  readonly computed: number;
  readonly items_computed: number;
  readonly cached: number;
  readonly failed: number;
  readonly skipped: number;
  /** Largest resident set of a worker process, in bytes; absent if no worker reported one. */
  readonly memory_bytes?: number;
  /** Memory bound for all workers together, in bytes; absent if there is none. */
  readonly memory_limit_bytes?: number;
  readonly interrupted?: true;
  /** First failures of the run, at most `MOST_FAILURES`. */
  readonly failures?: readonly Omit<Failure, 'range' | 'data'>[];
}

const MOST_FAILURES = 20;

/** Id of a run. Ids sort by time and are unique even for runs that start in the same millisecond. */
export function newRunId(started: Date): string {
  return `${started.toISOString().replace(/[-:]/g, '').replace('.', '')}-${randomUUID().slice(0, 8)}`;
}

export interface RecordSetup {
  readonly graph: Graph;
  readonly targets: readonly string[];
  /**
   * Returns the state of the pipeline's git repository, or undefined if there is none. Called at the end of the run.
   */
  readonly git: () => Promise<GitState | undefined>;
  /** Memory bound in bytes for all workers together; undefined if there is none. */
  readonly memory: number | undefined;
}

/** Creates a view that stores the record of the run when it is closed. A run that could not start leaves no record. */
export function recordView(store: Store, setup: RecordSetup): View {
  const failures: Failure[] = [];
  let id = '';
  let started = 0;
  let peak = 0;
  return {
    onEvent(event) {
      if (event.event === 'run-started') {
        id = event.run;
        started = event.at;
      } else if (event.event === 'step-finished') {
        peak = Math.max(peak, event.memory_bytes ?? 0);
        if (event.failure && failures.length < MOST_FAILURES) failures.push(event.failure);
      }
    },
    async close(finished) {
      if (store.readOnly || !finished) return;
      const git = await setup.git();
      const record = { ...recordOf(setup, started, finished), ...(git ? { git } : {}) };
      await store.setDoc('runs', id, {
        id,
        ...record,
        ...(peak > 0 ? { memory_bytes: peak } : {}),
        ...(failures.length > 0 ? { failures: failures.map(withoutPlace) } : {}),
      } satisfies RunRecord);
    },
  };
}

function recordOf(
  { graph, targets, memory }: RecordSetup,
  started: number,
  finished: RunFinished,
): Omit<RunRecord, 'id'> {
  return {
    started: new Date(started).toISOString(),
    finished: new Date(finished.at).toISOString(),
    seconds: (finished.at - started) / 1000,
    pipeline: graph.pipeline,
    file: graph.file,
    params: graph.params,
    ...(targets.length > 0 ? { targets } : {}),
    host: hostname(),
    computed: finished.computed,
    items_computed: finished.items_computed,
    cached: finished.cached,
    failed: finished.failed,
    skipped: finished.skipped,
    ...(memory === undefined ? {} : { memory_limit_bytes: memory }),
    ...(finished.interrupted ? { interrupted: true } : {}),
  };
}

/** Failure without its range, because the pipeline file may have changed when the record is read. */
function withoutPlace(failure: Failure): Omit<Failure, 'range' | 'data'> {
  const { reason, values, help, step, item } = failure;
  return {
    reason,
    headline: failure.headline,
    ...(values ? { values } : {}),
    ...(help === undefined ? {} : { help }),
    ...(step === undefined ? {} : { step }),
    ...(item === undefined ? {} : { item }),
  };
}
