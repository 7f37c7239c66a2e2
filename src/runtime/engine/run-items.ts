// Computes a step whose node maps over items. Items with cached results are skipped; the others are leased and computed
// in batches. Items that another process computes are awaited. Finally the rows of all items are collected into the
// output. The rows of an item are durable as soon as it is finished.
import type { Digest, Key } from '../contracts/artifact.ts';
import type { Executor, TaskOptions } from '../workers/executor.ts';
import type { CollectTask, ItemsTask, TaskItem, TaskOutcome } from '../workers/task.ts';
import type { Engine, StepOutcome, Work } from './engine.ts';
import { finishStep, freshResult } from './finish-step.ts';
import { listItems } from './list-items.ts';
import type { ListedItems } from './list-items.ts';
import { rerunReason } from './rerun-reason.ts';
import type { StepState } from './run-state.ts';
import { StepMeter } from './step-meter.ts';
import { deadlineOf, hooksOf, taskBase } from './step-task.ts';
import { changesSince } from './traces.ts';

/** Interval at which results of other processes are looked up. */
const POLL_MS = 50;
const MAX_RECOMPUTATIONS = 3;

interface ItemRun {
  readonly engine: Engine;
  readonly state: StepState;
  readonly executor: Executor;
  readonly listed: ListedItems;
  /** Digests of the rows of the finished items, by key of the item. */
  readonly rows: Map<Key, Digest>;
  /** Task options of all batches. They hold the deadline of the step. */
  readonly deadline: TaskOptions;
  readonly meter: StepMeter;
  computed: number;
}

export async function runItems(engine: Engine, state: StepState): Promise<StepOutcome> {
  const since = performance.now();
  const listed = await listItems(engine.run, state);
  if ('lost' in listed) return { status: 'lost', digests: listed.lost };
  const run: ItemRun = {
    engine,
    state,
    listed,
    executor: await engine.executorOf(state),
    rows: new Map(),
    deadline: deadlineOf(state),
    meter: new StepMeter(engine, state),
    computed: 0,
  };
  const missing = [...listed.unique.values()].filter((item) => state.forced || !findRows(run, item.key));
  engine.emit({
    event: 'step-started',
    step: state.step.name,
    node: state.step.node,
    reason: rerunReason(engine.run, state, state.action && changesSince(engine.trace, state.step, state.action)),
    items: missing.length,
  });
  const stopped = await computeAll(run, missing);
  if (stopped) return finishStep(engine, state, { outcome: stopped, since, work: workOf(run) });
  return collect(run, since);
}

function workOf({ computed, rows, meter }: ItemRun): Work {
  return { items: { computed, cached: Math.max(0, rows.size - computed) }, ...meter.workers };
}

/** Looks up the result of an item, and notes the digest of its rows in `rows`. False if there is no usable result. */
function findRows({ engine, state, rows }: ItemRun, key: Key): boolean {
  const { store } = engine.run;
  const result = store.result(key);
  const digest = result?.outputs['rows']?.digest;
  if (!digest || !store.has(digest) || (state.forced && result.finished < engine.started)) return false;
  rows.set(key, digest);
  return true;
}

/**
 * Computes items until all of them have rows. Returns undefined, or the outcome of the task that ended the step early.
 */
async function computeAll(run: ItemRun, missing: readonly TaskItem[]): Promise<TaskOutcome | undefined> {
  let open = [...missing];
  let lastTry = -Infinity;
  while (open.length > 0) {
    if (run.engine.signal.aborted) return { status: 'aborted' };
    const before = open.length;
    // Requesting leases takes a transaction of the store. While other processes compute, their results are therefore
    // looked up often, but leases are requested only rarely.
    if (performance.now() - lastTry > 20 * POLL_MS) {
      const stopped = await computeFree(run, open);
      if (stopped) return stopped;
      lastTry = performance.now();
    }
    open = open.filter((item) => !run.rows.has(item.key) && !findRows(run, item.key));
    if (open.length === before) {
      const woken = performance.now();
      await run.engine.leases.changed(POLL_MS);
      if (performance.now() - woken < POLL_MS * 0.8) lastTry = -Infinity;
    }
  }
  return undefined;
}

/**
 * Leases and computes the items that no other step or process is computing, in as many concurrent batches as the
 * executor accepts. Returns the outcome that stops the step, if any.
 */
async function computeFree(run: ItemRun, items: readonly TaskItem[]): Promise<TaskOutcome | undefined> {
  const queue = [...items];
  const batch = Math.max(1, Math.min(run.state.step.items?.batch ?? 1, Math.ceil(queue.length / run.executor.size)));
  let stopped: TaskOutcome | undefined;
  const lane = async (): Promise<void> => {
    while (queue.length > 0 && !stopped && !run.engine.signal.aborted) {
      const outcome = await computeBatch(run, queue.splice(0, batch));
      if (outcome) stopped ??= outcome;
    }
  };
  const lanes = Array.from({ length: Math.min(run.executor.size, Math.ceil(queue.length / batch)) }, lane);
  // All lanes must end before the step ends: after an error in one lane, the other lanes must not continue in the
  // background.
  for (const settled of await Promise.allSettled(lanes)) if (settled.status === 'rejected') throw settled.reason;
  return stopped;
}

async function computeBatch(run: ItemRun, batch: readonly TaskItem[]): Promise<TaskOutcome | undefined> {
  const { engine, state, executor } = run;
  const owned = await engine.leases.acquire(batch.map((item) => item.key));
  try {
    const items = batch.filter((item) => owned.has(item.key) && !run.rows.has(item.key) && !findRows(run, item.key));
    if (items.length === 0) return undefined;
    const task: ItemsTask = { ...taskBase(engine, state), kind: 'items', items };
    const total = run.listed.unique.size;
    const hooks = hooksOf(engine, state);
    const outcome = await run.meter.run(
      executor,
      task,
      {
        ...hooks,
        progress: () => undefined,
        item: (key, rows) => {
          if (!run.rows.has(key)) run.computed += 1;
          run.rows.set(key, rows);
          hooks.progress(run.rows.size, total, 'items');
        },
      },
      run.deadline,
    );
    return outcome.status === 'done' ? undefined : outcome;
  } finally {
    engine.leases.release(owned);
  }
}

/** Creates the output from the rows of all items. Only one process does so; the other processes use its result. */
async function collect(run: ItemRun, since: number): Promise<StepOutcome> {
  const { engine, state, listed } = run;
  const key = state.key as Key;
  while (!(await engine.leases.acquire([key])).has(key)) {
    await engine.leases.changed(POLL_MS);
    if (engine.signal.aborted) return { status: 'aborted', ...workOf(run) };
  }
  let recorded: Promise<void> | undefined;
  try {
    const found = freshResult(engine, state);
    if (found)
      return {
        status: run.computed > 0 ? 'computed' : 'cached',
        outputs: found.outputs,
        seconds: (performance.now() - since) / 1000,
        ...workOf(run),
        recorded: Promise.resolve(),
      };
    const outcome = await collectRows(run, MAX_RECOMPUTATIONS);
    const cost = run.meter.cost({ computed: run.computed, all: listed.unique.size });
    const finished = await finishStep(engine, state, { outcome, since, work: workOf(run), cost });
    if (finished.status === 'computed') recorded = finished.recorded;
    return finished;
  } finally {
    const release = (): void => engine.leases.release([key]);
    if (recorded) void recorded.then(release, release);
    else release();
  }
}

/** Collects the rows of all items. Damaged rows are computed again here, because this step wrote them. */
async function collectRows(run: ItemRun, tries: number): Promise<TaskOutcome> {
  const { engine, state, listed } = run;
  const rows = listed.order.map((item) => ({ id: item.id, digest: run.rows.get(item.key) as Digest }));
  const task: CollectTask = { ...taskBase(engine, state), kind: 'collect', rows };
  const outcome = await run.meter.run(run.executor, task, hooksOf(engine, state), run.deadline);
  if (outcome.status !== 'lost' || tries === 0) return outcome;
  const lost = new Set(outcome.digests);
  const again = [...listed.unique.values()].filter((item) => lost.has(run.rows.get(item.key) as Digest));
  if (again.length === 0) return outcome;
  for (const item of again) {
    engine.emit({
      event: 'warning',
      step: state.step.name,
      message: `blob ${run.rows.get(item.key) ?? ''} is damaged or missing: item ${item.index} is computed again`,
    });
    run.rows.delete(item.key);
    await engine.run.store.forget(item.key);
  }
  return (await computeAll(run, again)) ?? collectRows(run, tries - 1);
}
