// Runs one step that has no usable result: claims its key, executes it, checks its sources, records the result. Losses are
// repaired by running producers again (repair.ts); items have their own way (run-items.ts). It does not choose what runs when.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { environment } from '../contracts/environment.ts';
import type { LetheEvent } from '../contracts/events.ts';
import type { Deadline, Executor } from '../workers/executor.ts';
import type { Failure } from '../contracts/failure.ts';
import type { MemoryShares } from '../contracts/memory-shares.ts';
import { FailureError } from '../contracts/failure.ts';
import { describeThrow } from '../contracts/describe-throw.ts';
import type { Claims } from './claims.ts';
import { repair } from './repair.ts';
import { runItems } from './run-items.ts';
import type { Outputs, RunState, StepState } from './run-state.ts';
import { identify, refsOf, usableResult } from './run-state.ts';
import { changedSources } from './source-digests.ts';
import { StepMeter } from './step-meter.ts';
import type { ResultRecord, StepCost } from '../store/store.ts';
import type { Outcome, StepTask, TaskHooks } from '../workers/task.ts';
import type { Digest } from '../contracts/artifact.ts';
import type { Trace } from './traces.ts';
import { changesSince } from './traces.ts';
import { describeChanges } from './why.ts';

/** What executing steps needs beyond the state of the run. */
export interface Engine {
  readonly run: RunState;
  readonly claims: Claims;
  readonly trace: Trace;
  /** ISO time: results of forced steps that are younger than this are somebody's of now. */
  readonly started: string;
  /** How many heavy tasks may run at the same time. */
  readonly jobs: number;
  /** What each of their workers may hold, where memory is bounded. */
  readonly shares?: MemoryShares;
  readonly signal: AbortSignal;
  readonly onEvent: (event: LetheEvent) => void;
  readonly executorOf: (state: StepState) => Promise<Executor>;
  /** Producers being run again, by step name. */
  readonly repairs: Map<string, Promise<StepOutcome>>;
  /** Results being written; a step is finished when its own is durable. */
  readonly writing: Set<Promise<unknown>>;
}

export interface ItemCounts {
  readonly computed: number;
  readonly cached: number;
}

export type StepOutcome =
  | {
      readonly status: 'computed' | 'cached';
      readonly outputs: Outputs;
      readonly seconds: number;
      readonly items?: ItemCounts;
      /** Of what was computed here and now. */
      readonly cost?: StepCost;
      readonly recorded: Promise<void>;
    }
  | { readonly status: 'failed'; readonly failure: Failure; readonly seconds: number; readonly items?: ItemCounts }
  /** Another step or process is computing this very action. */
  | { readonly status: 'busy' }
  | { readonly status: 'aborted'; readonly items?: ItemCounts };

/** What one try at a step gives: as above, or the blobs it missed. */
export type Attempt =
  StepOutcome | { readonly status: 'lost'; readonly digests: readonly Digest[]; readonly items?: ItemCounts };

const MAX_REPAIRS = 4;
const DONE = Promise.resolve();

export function failedStep(failure: Failure, since: number, items?: ItemCounts): StepOutcome {
  return { status: 'failed', failure, seconds: (performance.now() - since) / 1000, ...(items ? { items } : {}) };
}

/** Brings a step to its outputs. Never rejects for what users or nodes do. */
export async function runStep(engine: Engine, state: StepState): Promise<StepOutcome> {
  const since = performance.now();
  const { step } = state;
  try {
    if (engine.run.store.readOnly) return failedStep(readOnly(engine, state), since);
    for (let round = 0; ; round++) {
      const attempt = step.items ? await runItems(engine, state) : await runWhole(engine, state);
      if (attempt.status !== 'lost') return attempt;
      if (round === MAX_REPAIRS) return failedStep(unrepairable(state, attempt.digests), since, attempt.items);
      const failure = await repair(engine, state, attempt.digests);
      if (failure) return failedStep(failure, since, attempt.items);
      identify(engine.run, state);
    }
  } catch (error) {
    if (error instanceof FailureError) return failedStep({ ...error.failure, step: step.name }, since);
    return failedStep(describeThrow(error, { step: step.name, node: step.node }), since);
  }
}

/** A result under the step's key that may stand for it now: also for a forced step, if it was made during this run. */
export function freshResult(engine: Engine, state: StepState): ResultRecord | undefined {
  const result = usableResult(engine.run, state);
  return result && (!state.forced || result.finished >= engine.started) ? result : undefined;
}

/** Why the step runs, for people. */
export function reasonOf(engine: Engine, state: StepState): string {
  if (state.forced) return 'forced';
  if (!state.action) return 'its inputs are new';
  if (state.key && engine.run.store.result(state.key)) return 'its result is damaged or gone';
  const changes = changesSince(engine.trace, state.step, state.action);
  return changes ? describeChanges(changes) : 'no earlier result';
}

export function hooksOf(engine: Engine, state: StepState): TaskHooks {
  const step = state.step.name;
  return {
    progress: (done, total, unit) => engine.onEvent({ event: 'step-progress', step, done, total, unit }),
    warn: (message) => engine.onEvent({ event: 'warning', step, message }),
    item: () => undefined,
  };
}

export function deadlineOf(state: StepState): { readonly deadline?: Deadline } {
  return state.step.timeout === undefined ? {} : { deadline: { seconds: state.step.timeout } };
}

export function taskBase(engine: Engine, state: StepState) {
  const { step } = state;
  const module = step.module === undefined ? undefined : engine.run.graph.modules[step.module]?.path;
  return {
    step: step.name,
    node: step.node,
    ...(module === undefined ? {} : { module }),
    params: step.params,
    files: Object.fromEntries(step.files.map((file) => [file.pointer, file.path])),
    inputs: refsOf(engine.run, state),
    ...(engine.shares === undefined ? {} : { memory: engine.shares.task }),
  };
}

async function runWhole(engine: Engine, state: StepState): Promise<Attempt> {
  const { key, step } = state;
  if (key === undefined) throw new Error(`${step.name} has no key`);
  if (!(await engine.claims.take([key])).has(key)) return { status: 'busy' };
  let recorded: Promise<void> | undefined;
  try {
    const found = freshResult(engine, state);
    if (found) return { status: 'cached', outputs: found.outputs, seconds: 0, recorded: DONE };
    engine.onEvent({ event: 'step-started', step: step.name, node: step.node, reason: reasonOf(engine, state) });
    const since = performance.now();
    const executor = await engine.executorOf(state);
    const task: StepTask = { ...taskBase(engine, state), kind: 'step', key };
    const meter = new StepMeter(engine, state);
    const outcome = await meter.run(executor, task, hooksOf(engine, state), deadlineOf(state));
    const attempt = await conclude(engine, state, { outcome, since, cost: meter.cost() });
    if (attempt.status === 'computed') recorded = attempt.recorded;
    return attempt;
  } finally {
    // The lease outlives the writing of the result: whoever waits for it must find one.
    const free = (): void => engine.claims.give([key]);
    if (recorded) void recorded.then(free, free);
    else free();
  }
}

export interface Conclusion {
  readonly outcome: Outcome;
  readonly since: number;
  readonly items?: ItemCounts;
  readonly cost?: StepCost;
}

/** From what the executor answered to an attempt; records the result if there is one. */
export async function conclude(
  engine: Engine,
  state: StepState,
  { outcome, since, items, cost }: Conclusion,
): Promise<Attempt> {
  const counts = items ? { items } : {};
  if (outcome.status === 'failed') return failedStep(outcome.failure, since, items);
  if (outcome.status !== 'done') return { ...outcome, ...counts };
  const { graph, sources, store } = engine.run;
  const changed = await changedSources(graph, state.step, sources, store);
  if (changed.length > 0) return failedStep(fileChanged(state, changed), since, items);
  const seconds = (performance.now() - since) / 1000;
  const { outputs, backend } = outcome;
  const recorded = record(engine, state, { outputs, seconds, backend, ...(cost ? { cost } : {}) });
  engine.writing.add(recorded);
  recorded.finally(() => engine.writing.delete(recorded)).catch(() => undefined);
  return { status: 'computed', outputs, seconds, recorded, ...counts, ...(cost ? { cost } : {}) };
}

interface Computed {
  readonly outputs: Outputs;
  readonly seconds: number;
  readonly backend: string | null;
  readonly cost?: StepCost;
}

async function record(
  engine: Engine,
  { step, key, action }: StepState,
  { outputs, seconds, backend, cost }: Computed,
): Promise<void> {
  if (!key || !action) throw new Error('a step without key has a result');
  const { store } = engine.run;
  // In the turn in which dependants claim their keys: one transaction for both.
  await nextTurn();
  await store.record(key, {
    action,
    outputs,
    seconds,
    ...(cost ? { cost } : {}),
    finished: new Date().toISOString(),
    environment: environment(backend),
  });
  if (!step.light && store.doc('checkpoints', key) !== undefined) await store.removeDoc('checkpoints', key);
}

function readOnly(engine: Engine, { step }: StepState): Failure {
  return {
    reason: 'cache-read-only',
    headline: `${step.name} must run, but the cache cannot be written`,
    values: { step: step.name, cache: engine.run.store.folder },
    help: 'Make the folder writable, or name another cache with --cache or LETHE_CACHE.',
    step: step.name,
  };
}

function unrepairable({ step }: StepState, digests: readonly Digest[]): Failure {
  return {
    reason: 'input-lost',
    headline: `${step.name} needs data that could not be restored`,
    values: { blobs: digests.slice(0, 5).join(', ') },
    help: 'Run `lethe cache verify`, then run again.',
    step: step.name,
  };
}

function fileChanged({ step }: StepState, changed: readonly string[]): Failure {
  return {
    reason: 'file-changed',
    headline: `a file of ${step.name} changed while it was running`,
    values: { file: changed.join(', ') },
    help: 'Nothing was recorded for this step. Run again when the file stays as it is.',
    step: step.name,
  };
}
