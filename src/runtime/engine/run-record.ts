// The record of a run: one small document per run, read by `lethe runs`. Nothing depends on it.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { RunFinished } from '../contracts/events.ts';
import type { Failure } from '../contracts/failure.ts';
import type { GitState } from './git-state.ts';
import type { Graph, Json } from '../contracts/graph.ts';
import type { Store } from '../store/store.ts';

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
  /** The most that one worker process held, and the bound on all of them together; where known and given. */
  readonly memory_bytes?: number;
  readonly memory_limit_bytes?: number;
  readonly interrupted?: true;
  readonly failures?: readonly Pick<Failure, 'reason' | 'headline' | 'step'>[];
}

/** Sorts by time; unique among runs that start in the same millisecond. */
export function newRunId(started: Date): string {
  return `${started.toISOString().replace(/[-:]/g, '').replace('.', '')}-${randomUUID().slice(0, 8)}`;
}

export interface RecordSetup {
  readonly id: string;
  readonly started: Date;
  readonly graph: Graph;
  readonly targets: readonly string[];
  readonly git: GitState | undefined;
  readonly finished: RunFinished;
  /** Bytes: the most that one worker process held, zero if none ran. */
  readonly peak: number;
  /** Bytes that all workers together might hold. */
  readonly memory: number | undefined;
  readonly failures: readonly Failure[];
  readonly interrupted: boolean;
}

export async function recordRun(store: Store, setup: RecordSetup): Promise<void> {
  if (store.readOnly) return;
  const { id, started, graph, targets, git, finished, peak, memory, failures, interrupted } = setup;
  const now = new Date();
  const record: RunRecord = {
    id,
    started: started.toISOString(),
    finished: now.toISOString(),
    seconds: (now.getTime() - started.getTime()) / 1000,
    pipeline: graph.pipeline,
    file: graph.file,
    params: graph.params,
    ...(targets.length > 0 ? { targets } : {}),
    ...(git ? { git } : {}),
    host: hostname(),
    computed: finished.computed,
    items_computed: finished.items_computed,
    cached: finished.cached,
    failed: finished.failed,
    skipped: finished.skipped,
    ...(peak > 0 ? { memory_bytes: peak } : {}),
    ...(memory === undefined ? {} : { memory_limit_bytes: memory }),
    ...(interrupted ? { interrupted } : {}),
    ...(failures.length > 0
      ? {
          failures: failures
            .slice(0, 20)
            .map(({ reason, headline, step }) => ({ reason, headline, ...(step === undefined ? {} : { step }) })),
        }
      : {}),
  };
  await store.setDoc('runs', id, record);
}
