// Repairs lost blobs. If a blob that a step needs is damaged or missing, the step that wrote it (its producer) is
// computed again. Steps between the producer and the step that needs the blob (the consumer) are computed again only if
// their inputs changed.
import { findManifest, refsOf } from '../store/manifest.ts';
import type { Digest } from '../contracts/artifact.ts';
import { failure } from '../contracts/failure.ts';
import type { Failure } from '../contracts/failure.ts';
import type { Engine, FinalOutcome } from './engine.ts';
import { finishedEvent } from './finish-step.ts';
import type { RunState, StepState } from './run-state.ts';
import { ancestorsOf, identify, settle, usableResult } from './run-state.ts';
import type { StoredArtifact } from '../workers/task.ts';

/** Function that computes a step. run-step.ts passes its own `runStep`, since importing it here would be circular. */
export type RunStep = (engine: Engine, state: StepState) => Promise<FinalOutcome>;

/** Digests of the outputs of a step and of all blobs to which these outputs refer. */
async function closureOf(run: RunState, state: StepState): Promise<ReadonlySet<string>> {
  const closure = new Set<string>();
  for (const artifact of Object.values<StoredArtifact>(state.outputs ?? {})) {
    closure.add(artifact.digest);
    if (artifact.table) closure.add(artifact.table);
    const manifest = await findManifest(run.store, artifact.digest);
    for (const ref of manifest === undefined ? [] : refsOf(manifest)) closure.add(ref);
  }
  return closure;
}

/**
 * Finds the step that wrote a blob: the first upstream step whose outputs refer to it, because later steps only pass it
 * on. Undefined if there is none.
 */
async function producerOf(run: RunState, state: StepState, lost: Digest): Promise<StepState | undefined> {
  for (const ancestor of ancestorsOf(run, state)) if ((await closureOf(run, ancestor)).has(lost)) return ancestor;
  return undefined;
}

/**
 * Restores the blobs in `digests`, which the step `state` could not read. Returns undefined on success, else the
 * failure that prevented it.
 */
export async function repair(
  engine: Engine,
  state: StepState,
  digests: readonly Digest[],
  runStep: RunStep,
): Promise<Failure | undefined> {
  const { run } = engine;
  const producers = new Map<StepState, Digest>();
  for (const digest of digests) {
    const producer = await producerOf(run, state, digest);
    if (producer && !producers.has(producer)) producers.set(producer, digest);
  }
  // Blobs without a producer are ignored as long as other blobs can be restored, because the node may be able to
  // continue without them. If it cannot, only blobs without a producer are lost in the next round, and the step fails
  // here.
  if (producers.size === 0) {
    const step = state.step.name;
    return failure('input-lost', { step, blobs: digests, producer: false }, { step });
  }
  for (const [producer, digest] of producers) {
    const hindrance = await runAgain(engine, { producer, lost: digest, consumer: state }, runStep);
    if (hindrance) return hindrance;
  }
  return followChanges(engine, state, new Set(producers.keys()), runStep);
}

interface Loss {
  readonly producer: StepState;
  readonly lost: Digest;
  readonly consumer: StepState;
}

async function runAgain(
  engine: Engine,
  { producer, lost, consumer }: Loss,
  runStep: RunStep,
): Promise<Failure | undefined> {
  const { name } = producer.step;
  let running = engine.repairs.get(name);
  if (!running) {
    engine.emit({
      event: 'warning',
      step: consumer.step.name,
      message: `blob ${lost} is damaged or missing: ${name} is computed again`,
    });
    running = forgetAndRun(engine, producer, runStep);
    engine.repairs.set(name, running);
    void running.finally(() => engine.repairs.delete(name)).catch(() => undefined);
  }
  return failureOf(await running, producer);
}

async function forgetAndRun(engine: Engine, producer: StepState, runStep: RunStep): Promise<FinalOutcome> {
  if (producer.key && !engine.run.store.readOnly) await engine.run.store.forget(producer.key);
  return bringBack(engine, producer, runStep);
}

/**
 * Computes a step in the slot of the step that needs it. If another process is computing the same action, waits for its
 * result.
 */
async function bringBack(engine: Engine, state: StepState, runStep: RunStep): Promise<FinalOutcome> {
  for (;;) {
    const outcome = await runStep(engine, state);
    if (outcome.status === 'busy') {
      await engine.leases.changed(50);
      continue;
    }
    if (outcome.status === 'computed' || outcome.status === 'cached') {
      await outcome.recorded;
      settle(state, outcome.status, outcome.outputs);
      if (outcome.status === 'computed') engine.emit(finishedEvent(engine.run, state, outcome));
    }
    return outcome;
  }
}

function failureOf(outcome: FinalOutcome, { step }: StepState): Failure | undefined {
  if (outcome.status === 'failed') return outcome.failure;
  if (outcome.status === 'aborted') return failure('interrupted', { step: step.name }, { step: step.name });
  return undefined;
}

/**
 * Updates the steps between the producers and the consumer. A step whose key changed takes its cached result, or is
 * computed if there is none.
 */
async function followChanges(
  engine: Engine,
  consumer: StepState,
  changed: Set<StepState>,
  runStep: RunStep,
): Promise<Failure | undefined> {
  for (const state of ancestorsOf(engine.run, consumer)) {
    if (changed.has(state) || !state.upstream.some((one) => changed.has(one))) continue;
    const before = state.key;
    if (identify(engine.run, state) === before) continue;
    changed.add(state);
    const result = usableResult(engine.run, state);
    if (result) {
      settle(state, 'cached', result.outputs);
      continue;
    }
    const hindrance = failureOf(await bringBack(engine, state, runStep), state);
    if (hindrance) return hindrance;
  }
  return undefined;
}
