// Runs a graph: settles what is cached in one synchronous sweep, has the rest scheduled, and says what came of it. What a step's
// execution consists of is in run-step.ts.
import type { NodeRegistry } from '../contracts/define.ts';
import type { LetheEvent, OutputRef, OutputsRef, RunFinished } from '../contracts/events.ts';
import { formatBytes } from '../contracts/byte-size.ts';
import type { Failure, Result } from '../contracts/failure.ts';
import type { GitState } from './git-state.ts';
import type { Graph } from '../contracts/graph.ts';
import type { Workers } from '../contracts/memory-shares.ts';
import { chooseWorkers } from '../contracts/memory-shares.ts';
import { keepRates } from './rates.ts';
import type { RunState, StepState } from './run-state.ts';
import { createRunState, isLight, settleCached, settledKeys } from './run-state.ts';
import { newRunId, recordRun } from './run-record.ts';
import type { ScheduleReport } from './schedule.ts';
import type { Selection } from './select-steps.ts';
import { matchSteps, selectSteps } from './select-steps.ts';
import { digestSources } from './source-digests.ts';
import type { ResultRecord, Store } from '../store/store.ts';
import { readTrace, writeTrace } from './traces.ts';
import type { StoredArtifact } from '../workers/task.ts';

export interface RunOptions {
  /** Steps to run, by full or base name, with everything upstream; all if empty. */
  readonly targets?: readonly string[];
  /** Worker processes and heavy steps at a time. */
  readonly jobs?: number;
  /** Bytes that all worker processes together should keep to: fewer of them are started, and nodes do less at a time. */
  readonly memory?: number;
  /** Tensor backend of the workers. */
  readonly backend?: string;
  /** Go on with what does not depend on a failed step. */
  readonly keepGoing?: boolean;
  /** Steps to execute even if they have results, with all their items. */
  readonly force?: readonly string[];
  readonly signal?: AbortSignal;
  readonly registry: NodeRegistry;
  /** Absolute path of the module that serves tasks in worker processes. */
  readonly workerModule: string;
  /** Position of the next step to start among `count` ready ones; only tests give it. */
  readonly pick?: (count: number) => number;
  readonly onEvent: (event: LetheEvent) => void;
}

export interface RunSummary extends RunFinished {
  readonly run: string;
  readonly failures: readonly Failure[];
  readonly interrupted: boolean;
}

/** Failures of the result are mistakes in what was asked; those of steps are in the summary. */
export async function runGraph(graph: Graph, store: Store, options: RunOptions): Promise<Result<RunSummary>> {
  const started = new Date();
  const workers = chooseWorkers(options);
  if (!workers.ok) return workers;
  const prepared = await prepare(graph, store, options);
  if (!prepared.ok) return prepared;
  const run = prepared.value;
  const id = newRunId(started);
  options.onEvent({ event: 'run-started', run: id, pipeline: graph.pipeline, steps: run.states.length });
  const onCached = (state: StepState): void =>
    options.onEvent({ event: 'step-finished', step: state.step.name, status: 'cached', seconds: 0 });
  const ready = settleCached(
    run,
    run.states.filter((state) => state.waiting === 0),
    onCached,
  );
  for (const digest of run.checks.damaged) {
    options.onEvent({ event: 'warning', message: `blob ${digest} is damaged: the table is made again` });
  }
  let report: ScheduleReport = { failures: [], itemsComputed: 0, measured: [] };
  let git: GitState | undefined;
  if (ready.length > 0)
    [report, git] = await execute(run, ready, { ...options, started, onCached, workers: workers.value });
  const interrupted = options.signal?.aborted === true && run.states.some((state) => state.outputs === undefined);
  const finished = summarize(run, report);
  await keepRecords(run, {
    id,
    started,
    targets: options.targets ?? [],
    git,
    finished,
    peak: report.measured.reduce((most, { cost }) => Math.max(most, cost.memory ?? 0), 0),
    memory: options.memory,
    measured: report.measured,
    failures: report.failures,
    interrupted,
    onEvent: options.onEvent,
  });
  options.onEvent(finished);
  return { ok: true, value: { ...finished, run: id, failures: report.failures, interrupted } };
}

async function prepare(graph: Graph, store: Store, { targets, force = [] }: RunOptions): Promise<Result<RunState>> {
  const selection = await selectSteps(graph, targets);
  const forced = await matchSteps(graph, force);
  if (!selection.ok || !forced.ok)
    return { ok: false, failures: [selection, forced].flatMap((one) => (one.ok ? [] : one.failures)) };
  return prepareState(graph, store, selection.value, forced.value);
}

/** The state at the start, with all sources digested. */
export async function prepareState(
  graph: Graph,
  store: Store,
  selection: Selection,
  forced: ReadonlySet<string>,
): Promise<Result<RunState>> {
  const sources = await digestSources(graph, selection.steps, store);
  if (!sources.ok) return sources;
  return { ok: true, value: createRunState({ graph, store, sources: sources.value, selection, forced }) };
}

interface Execution extends RunOptions {
  readonly started: Date;
  readonly onCached: (state: StepState, result: ResultRecord) => void;
  readonly workers: Workers;
}

async function execute(
  run: RunState,
  ready: readonly StepState[],
  options: Execution,
): Promise<[ScheduleReport, GitState | undefined]> {
  const [{ schedule }, { readGitState }] = await Promise.all([import('./schedule.ts'), import('./git-state.ts')]);
  const git = run.graph.file === '<code>' ? Promise.resolve(undefined) : readGitState(run.graph.file);
  const { registry, workerModule, backend, pick, onEvent, onCached, workers } = options;
  if (run.states.some(({ step, outputs }) => !outputs && !isLight(step))) announceWorkers(workers, options);
  const report = await schedule(
    {
      run,
      registry,
      workerModule,
      onEvent,
      onCached,
      trace: readTrace(run.store, run.graph),
      started: options.started.toISOString(),
      ...workers,
      keepGoing: options.keepGoing ?? false,
      signal: options.signal ?? new AbortController().signal,
      ...(backend === undefined ? {} : { backend }),
      ...(pick === undefined ? {} : { pick }),
    },
    ready,
  );
  return [report, await git];
}

/** Fewer workers than asked for take longer: that is worth a line. */
function announceWorkers({ jobs, wanted, shares }: Workers, { memory = 0, onEvent }: Execution): void {
  if (!shares || jobs >= wanted) return;
  const message = `--memory ${formatBytes(memory)} is enough for ${jobs} of ${wanted} worker processes, ${formatBytes(shares.share)} each; with --jobs ${jobs} they would have all cores`;
  onEvent({ event: 'warning', message });
}

function summarize(run: RunState, report: ScheduleReport): RunFinished {
  const counts = { computed: 0, cached: 0, failed: 0, skipped: 0 };
  const outputs: Record<string, OutputsRef> = {};
  const refOf = ({ digest, table }: StoredArtifact): OutputRef => ({
    digest,
    path: (table === undefined ? undefined : run.store.path(table)) ?? null,
  });
  for (const state of run.states) {
    counts[state.status ?? 'skipped'] += 1;
    if (!state.outputs || !run.targets.has(state.step.name)) continue;
    const [name, ...others] = Object.keys(state.step.outputs);
    const artifact = name === undefined ? undefined : state.outputs[name];
    if (!artifact) continue;
    const refs = others.flatMap((other): [string, OutputRef][] => {
      const one = state.outputs?.[other];
      return one ? [[other, refOf(one)]] : [];
    });
    outputs[state.step.name] = { ...refOf(artifact), ...(refs.length > 0 ? { others: Object.fromEntries(refs) } : {}) };
  }
  return {
    event: 'run-finished',
    computed: counts.computed,
    items_computed: report.itemsComputed,
    cached: counts.cached,
    failed: counts.failed,
    skipped: counts.skipped,
    outputs,
  };
}

type Records = Omit<Parameters<typeof recordRun>[1], 'graph'> &
  Pick<RunOptions, 'onEvent'> &
  Pick<ScheduleReport, 'measured'>;

/** The trace and the run record serve people; a run whose results are stored does not fail for want of them. */
async function keepRecords(run: RunState, { onEvent, measured, ...records }: Records): Promise<void> {
  try {
    await Promise.all([
      writeTrace(run.store, run.graph, settledKeys(run)),
      recordRun(run.store, { ...records, graph: run.graph }),
      keepRates(run.store, measured),
    ]);
  } catch (error) {
    onEvent({ event: 'warning', message: `the record of this run could not be kept: ${(error as Error).message}` });
  }
}
