// Ends an attempt to compute a step: derives the outcome of the step from the outcome of its last task, records the
// result, and creates the event.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { environment } from '../contracts/environment.ts';
import type { StepFinished, NewEvent } from '../contracts/events.ts';
import { failure } from '../contracts/failure.ts';
import type { Failure } from '../contracts/failure.ts';
import type { ResultRecord, StepCost } from '../store/store.ts';
import type { TaskOutcome } from '../workers/task.ts';
import type { DoneOutcome, Engine, FinalOutcome, StepOutcome, Work } from './engine.ts';
import { outputsRefOf, usableResult } from './run-state.ts';
import type { RunState, StepState } from './run-state.ts';
import { changedSources } from './source-digests.ts';

export function failedStep(given: Failure, since: number, { items, workers }: Work = {}): FinalOutcome {
  const seconds = (performance.now() - since) / 1000;
  return { status: 'failed', failure: given, seconds, ...(items ? { items } : {}), ...(workers ? { workers } : {}) };
}

/**
 * Returns the cached result of a step. For a forced step, only a result computed during this run counts. Undefined if
 * there is none.
 */
export function freshResult(engine: Engine, state: StepState): ResultRecord | undefined {
  const result = usableResult(engine.run, state);
  return result && (!state.forced || result.finished >= engine.started) ? result : undefined;
}

export interface LastTask {
  readonly outcome: TaskOutcome;
  readonly since: number;
  readonly work: Work;
  readonly cost?: StepCost;
}

/** Returns the outcome of a step whose last task has ended. If the task succeeded, starts to record the result. */
export async function finishStep(
  engine: Engine,
  state: StepState,
  { outcome, since, work, cost }: LastTask,
): Promise<StepOutcome> {
  if (outcome.status === 'failed') return failedStep(outcome.failure, since, work);
  if (outcome.status !== 'done') return { ...outcome, ...work };
  const { graph, sources, store } = engine.run;
  const step = state.step.name;
  const files = await changedSources(graph, state.step, sources, store);
  if (files.length > 0) return failedStep(failure('file-changed', { step, files }, { step }), since, work);
  const seconds = (performance.now() - since) / 1000;
  const { outputs, backend } = outcome;
  const costs = cost ? { cost } : {};
  const recorded = record(engine, state, { outputs, seconds, environment: environment(backend), ...costs });
  engine.writing.add(recorded);
  recorded.finally(() => engine.writing.delete(recorded)).catch(() => undefined);
  return { status: 'computed', outputs, seconds, recorded, ...work, ...costs };
}

async function record(
  engine: Engine,
  { step, key, action }: StepState,
  result: Omit<ResultRecord, 'action' | 'finished'>,
): Promise<void> {
  if (!key || !action) throw new Error('a step without key has a result');
  const { store } = engine.run;
  // Waits for the turn of the event loop in which dependent steps lease their keys, so that the result and these leases
  // are written in one transaction.
  await nextTurn();
  await store.record(key, { ...result, action, finished: new Date().toISOString() });
  if (!step.light && store.doc('checkpoints', key) !== undefined) await store.removeDoc('checkpoints', key);
}

/** Creates the `step-finished` event of a step that has outputs. */
export function finishedEvent(
  run: RunState,
  state: StepState,
  outcome: DoneOutcome,
): NewEvent & Omit<StepFinished, 'at'> {
  const { status, seconds, items, workers, cost } = outcome;
  const outputs = outputsRefOf(run, state);
  return {
    event: 'step-finished',
    step: state.step.name,
    status,
    seconds,
    ...(items ? { items } : {}),
    ...(workers ? { workers } : {}),
    ...(cost?.memory === undefined ? {} : { memory_bytes: cost.memory }),
    ...(outputs ? { outputs } : {}),
  };
}
