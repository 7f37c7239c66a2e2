// Runs a graph: settles cached steps in one synchronous loop, has the other steps computed, and reports the outcome.
import { formatBytes } from '../contracts/byte-size.ts';
import { stamped } from '../contracts/events.ts';
import type { LetheEvent, NewEvent, OutputsRef, RunFinished } from '../contracts/events.ts';
import type { Failure, Result } from '../contracts/failure.ts';
import type { Graph } from '../contracts/graph.ts';
import { chooseWorkers } from '../contracts/memory-shares.ts';
import type { Workers } from '../contracts/memory-shares.ts';
import type { View } from '../contracts/view.ts';
import type { Store } from '../store/store.ts';
import type { Executors } from '../workers/executor.ts';
import type { GitState } from './git-state.ts';
import { prepareRun } from './prepare.ts';
import type { Asked } from './prepare.ts';
import { keepRates } from './rates.ts';
import { newRunId, recordView } from './run-record.ts';
import { isLight, outputsRefOf, settleCached, settledKeys } from './run-state.ts';
import type { RunState, StepState } from './run-state.ts';
import type { ScheduleReport } from './schedule.ts';
import { readTrace, writeTrace } from './traces.ts';

export interface RunOptions extends Asked {
  /** Executors that compute the steps. `localExecutors` creates those for this machine. */
  readonly executors: Executors;
  /** Largest number of heavy tasks at the same time. Default: the number of cores. */
  readonly jobs?: number;
  /** Memory bound in bytes for all workers together. A small bound leads to fewer workers and smaller batches. */
  readonly memory?: number;
  /** Tensor backend of the workers. The memory that a worker needs without any task depends on it. */
  readonly backend?: string;
  /** If true, the steps that do not depend on a failed step are still computed after a failure. */
  readonly keepGoing?: boolean;
  readonly signal?: AbortSignal;
  /** Chooses the position of the next step to start among `count` ready steps. Only tests set it. */
  readonly pick?: (count: number) => number;
  readonly onEvent: (event: LetheEvent) => void;
}

export interface RunSummary extends RunFinished {
  readonly run: string;
  readonly failures: readonly Failure[];
}

/**
 * Runs a graph. The returned result has failures (`ok: false`) only for mistakes in the request, before anything is
 * computed. Failures of steps are in the summary.
 */
export async function runGraph(graph: Graph, store: Store, options: RunOptions): Promise<Result<RunSummary>> {
  const started = new Date();
  const workers = chooseWorkers(options);
  if (!workers.ok) return workers;
  const prepared = await prepareRun(graph, store, options);
  if (!prepared.ok) return prepared;
  const run = prepared.value;
  const id = newRunId(started);
  let git = Promise.resolve<GitState | undefined>(undefined);
  const { targets = [], memory } = options;
  const record = recordView(store, { graph, targets, memory, git: () => git });
  const emit = (event: NewEvent): void => {
    const happened: LetheEvent = stamped(event);
    record.onEvent(happened);
    options.onEvent(happened);
  };
  emit({ event: 'run-started', run: id, pipeline: graph.pipeline, steps: run.states.length });
  const cached = cachedEmitter(run, emit);
  const first = run.states.filter((state) => state.waiting === 0);
  const ready = settleCached(run, first, cached);
  for (const digest of run.checks.damaged)
    emit({ event: 'warning', message: `blob ${digest} is damaged: the table is computed again` });
  let report: ScheduleReport = { failures: [], itemsComputed: 0, measured: [] };
  if (ready.length > 0) {
    git = gitStateOf(graph);
    report = await compute(run, ready, { ...options, started, emit, onCached: cached, workers: workers.value });
  }
  const interrupted = options.signal?.aborted === true && run.states.some((state) => state.outputs === undefined);
  const finished = stamped(summarize(run, report, interrupted));
  await keepRecords(run, { record, finished, report, emit });
  options.onEvent(finished);
  return { ok: true, value: { ...finished, run: id, failures: report.failures } };
}

async function gitStateOf({ file }: Graph): Promise<GitState | undefined> {
  if (file === '<code>') return undefined;
  return (await import('./git-state.ts')).readGitState(file);
}

function cachedEmitter(run: RunState, emit: (event: NewEvent) => void): (state: StepState) => void {
  return (state) => {
    const outputs = outputsRefOf(run, state);
    const event = { event: 'step-finished', step: state.step.name, status: 'cached', seconds: 0 } as const;
    emit(outputs ? { ...event, outputs } : event);
  };
}

interface Computation extends RunOptions {
  readonly started: Date;
  readonly emit: (event: NewEvent) => void;
  readonly onCached: (state: StepState) => void;
  readonly workers: Workers;
}

async function compute(run: RunState, ready: readonly StepState[], options: Computation): Promise<ScheduleReport> {
  const { schedule } = await import('./schedule.ts');
  const { executors, pick, emit, onCached, workers } = options;
  if (run.states.some(({ step, outputs }) => !outputs && !isLight(step))) announceWorkers(workers, options);
  return schedule(
    {
      run,
      executors,
      emit,
      onCached,
      trace: readTrace(run.store, run.graph),
      started: options.started.toISOString(),
      ...workers,
      keepGoing: options.keepGoing ?? false,
      signal: options.signal ?? new AbortController().signal,
      ...(pick === undefined ? {} : { pick }),
    },
    ready,
  );
}

/** Warns if the memory bound allows fewer workers than requested, because the run then takes longer. */
function announceWorkers({ jobs, wanted, shares }: Workers, { memory = 0, emit }: Computation): void {
  if (!shares || jobs >= wanted) return;
  const message = `--memory ${formatBytes(memory)} is enough for ${jobs} of ${wanted} worker processes, ${formatBytes(shares.share)} each; --jobs ${jobs} would let them use all cores`;
  emit({ event: 'warning', message });
}

function summarize(run: RunState, report: ScheduleReport, interrupted: boolean): Omit<RunFinished, 'at'> {
  const counts = { computed: 0, cached: 0, failed: 0, skipped: 0 };
  const outputs: Record<string, OutputsRef> = {};
  for (const state of run.states) {
    counts[state.status ?? 'skipped'] += 1;
    const refs = run.targets.has(state.step.name) ? outputsRefOf(run, state) : undefined;
    if (refs) outputs[state.step.name] = refs;
  }
  return {
    event: 'run-finished',
    computed: counts.computed,
    items_computed: report.itemsComputed,
    cached: counts.cached,
    failed: counts.failed,
    skipped: counts.skipped,
    interrupted,
    outputs,
  };
}

interface Records {
  readonly record: View;
  readonly finished: RunFinished;
  readonly report: ScheduleReport;
  readonly emit: (event: NewEvent) => void;
}

/**
 * Writes the trace, the record and the rates of a run. No result depends on these documents, so an error while writing
 * them is only a warning.
 */
async function keepRecords(run: RunState, { record, finished, report, emit }: Records): Promise<void> {
  try {
    await Promise.all([
      writeTrace(run.store, run.graph, settledKeys(run)),
      record.close(finished),
      keepRates(run.store, report.measured),
    ]);
  } catch (error) {
    emit({ event: 'warning', message: `the record of this run could not be stored: ${(error as Error).message}` });
  }
}
