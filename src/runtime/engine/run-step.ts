// Computes one step that has no usable result: leases its key, has an executor carry out its task, and records the
// result. To repair lost blobs, the steps that wrote them are computed again (repair.ts). Steps that map over items are
// computed item by item (run-items.ts). schedule.ts decides the order of steps.
import { describeThrow } from '../contracts/describe-throw.ts';
import { failure, FailureError } from '../contracts/failure.ts';
import type { StepTask } from '../workers/task.ts';
import type { Engine, FinalOutcome, StepOutcome } from './engine.ts';
import { failedStep, finishStep, freshResult } from './finish-step.ts';
import { repair } from './repair.ts';
import { rerunReason } from './rerun-reason.ts';
import { runItems } from './run-items.ts';
import { identify } from './run-state.ts';
import type { StepState } from './run-state.ts';
import { StepMeter } from './step-meter.ts';
import { deadlineOf, hooksOf, taskBase } from './step-task.ts';
import { changesSince } from './traces.ts';

const MAX_REPAIRS = 4;
const DONE = Promise.resolve();

/** Computes the outputs of a step. A mistake of a user or a node is a `failed` outcome, never a rejection. */
export async function runStep(engine: Engine, state: StepState): Promise<FinalOutcome> {
  const since = performance.now();
  const { name, node } = state.step;
  const { store } = engine.run;
  try {
    if (store.readOnly) {
      const readOnly = failure('step-needs-writable-cache', { step: name, cache: store.folder }, { step: name });
      return failedStep(readOnly, since);
    }
    for (let round = 0; ; round++) {
      const outcome = state.step.items ? await runItems(engine, state) : await runWhole(engine, state);
      if (outcome.status !== 'lost') return outcome;
      const { digests: blobs } = outcome;
      if (round === MAX_REPAIRS) {
        const lost = failure('input-lost', { step: name, blobs, producer: true }, { step: name });
        return failedStep(lost, since, outcome);
      }
      const hindrance = await repair(engine, state, blobs, runStep);
      if (hindrance) return failedStep(hindrance, since, outcome);
      identify(engine.run, state);
    }
  } catch (error) {
    if (error instanceof FailureError) return failedStep({ ...error.failure, step: name }, since);
    return failedStep(describeThrow(error, { step: name, node }), since);
  }
}

async function runWhole(engine: Engine, state: StepState): Promise<StepOutcome> {
  const { key, step } = state;
  if (key === undefined) throw new Error(`${step.name} has no key`);
  if (!(await engine.leases.acquire([key])).has(key)) return { status: 'busy' };
  let recorded: Promise<void> | undefined;
  try {
    const found = freshResult(engine, state);
    if (found) return { status: 'cached', outputs: found.outputs, seconds: 0, recorded: DONE };
    engine.emit({ event: 'step-started', step: step.name, node: step.node, reason: reasonOf(engine, state) });
    const since = performance.now();
    const executor = await engine.executorOf(state);
    const task: StepTask = { ...taskBase(engine, state), kind: 'step', key };
    const meter = new StepMeter(engine, state);
    const outcome = await meter.run(executor, task, hooksOf(engine, state), deadlineOf(state));
    const finished = await finishStep(engine, state, { outcome, since, work: meter.workers, cost: meter.cost() });
    if (finished.status === 'computed') recorded = finished.recorded;
    return finished;
  } finally {
    // The lease is released only after the result is written, so that processes waiting for it find the result.
    const release = (): void => engine.leases.release([key]);
    if (recorded) void recorded.then(release, release);
    else release();
  }
}

function reasonOf(engine: Engine, state: StepState): string {
  return rerunReason(engine.run, state, state.action && changesSince(engine.trace, state.step, state.action));
}
