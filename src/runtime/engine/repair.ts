// Repairs the loss of a blob that a step needs: forgets its producer's result and runs the producer again. Steps between it and
// the consumer run again only if their inputs changed.
import { findManifest, refsOf } from '../store/manifest.ts';
import type { Digest } from '../contracts/artifact.ts';
import type { Failure } from '../contracts/failure.ts';
import type { RunState, StepState } from './run-state.ts';
import { ancestorsOf, identify, settle, usableResult } from './run-state.ts';
import type { Engine, StepOutcome } from './run-step.ts';
import { runStep } from './run-step.ts';
import type { StoredArtifact } from '../workers/task.ts';

/** Every blob that the outputs of a step refer to. */
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

/** The first step upstream whose outputs stand on the blob: it wrote it; later ones only refer to it. */
async function producerOf(run: RunState, state: StepState, lost: Digest): Promise<StepState | undefined> {
  for (const ancestor of ancestorsOf(run, state)) if ((await closureOf(run, ancestor)).has(lost)) return ancestor;
  return undefined;
}

/** Restores what `state` missed. Returns the failure that stands in the way, if one does. */
export async function repair(
  engine: Engine,
  state: StepState,
  digests: readonly Digest[],
): Promise<Failure | undefined> {
  const { run } = engine;
  const producers = new Map<StepState, Digest>();
  for (const digest of digests) {
    const producer = await producerOf(run, state, digest);
    if (!producer) return orphaned(state, digest);
    if (!producers.has(producer)) producers.set(producer, digest);
  }
  for (const [producer, digest] of producers) {
    const failure = await runAgain(engine, producer, digest, state);
    if (failure) return failure;
  }
  return followChanges(engine, state, new Set(producers.keys()));
}

async function runAgain(
  engine: Engine,
  producer: StepState,
  lost: Digest,
  consumer: StepState,
): Promise<Failure | undefined> {
  const { name } = producer.step;
  let running = engine.repairs.get(name);
  if (!running) {
    engine.onEvent({
      event: 'warning',
      step: consumer.step.name,
      message: `blob ${lost} is damaged or missing: ${name} runs again`,
    });
    running = forgetAndRun(engine, producer);
    engine.repairs.set(name, running);
    void running.finally(() => engine.repairs.delete(name)).catch(() => undefined);
  }
  return failureOf(await running, producer);
}

async function forgetAndRun(engine: Engine, producer: StepState): Promise<StepOutcome> {
  if (producer.key && !engine.run.store.readOnly) await engine.run.store.forget(producer.key);
  return bringBack(engine, producer);
}

/** Runs a step here and now, in the slot of the step that needs it; waits where another process is at it. */
async function bringBack(engine: Engine, state: StepState): Promise<StepOutcome> {
  for (;;) {
    const outcome = await runStep(engine, state);
    if (outcome.status === 'busy') {
      await engine.claims.changed(50);
      continue;
    }
    if (outcome.status === 'computed' || outcome.status === 'cached') {
      await outcome.recorded;
      settle(state, outcome.status, outcome.outputs);
      if (outcome.status === 'computed') {
        engine.onEvent({
          event: 'step-finished',
          step: state.step.name,
          status: 'computed',
          seconds: outcome.seconds,
          ...(outcome.items ? { items: outcome.items } : {}),
        });
      }
    }
    return outcome;
  }
}

function failureOf(outcome: StepOutcome, { step }: StepState): Failure | undefined {
  if (outcome.status === 'failed') return outcome.failure;
  if (outcome.status === 'aborted')
    return { reason: 'interrupted', headline: `${step.name} was interrupted`, step: step.name };
  return undefined;
}

/** Steps between the producers and the consumer: looked up again where a producer gave something else than before. */
async function followChanges(
  engine: Engine,
  consumer: StepState,
  changed: Set<StepState>,
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
    const failure = failureOf(await bringBack(engine, state), state);
    if (failure) return failure;
  }
  return undefined;
}

function orphaned({ step }: StepState, digest: Digest): Failure {
  return {
    reason: 'input-lost',
    headline: `${step.name} needs a blob that is damaged or gone, and no step upstream makes it`,
    values: { blob: digest },
    help: 'Run again with --force for the step that makes the data.',
    step: step.name,
  };
}
