// Runs an item node: finds which items have results, claims and computes the missing ones in batches, waits for those that another
// process computes, and has the rows collected into the output. Every finished item is durable at once.
import type { Digest, Key } from '../contracts/artifact.ts';
import type { Executor } from '../workers/executor.ts';
import type { ListedItems } from './list-items.ts';
import { listItems } from './list-items.ts';
import type { StepState } from './run-state.ts';
import type { Attempt, Engine, ItemCounts } from './run-step.ts';
import { conclude, deadlineOf, freshResult, hooksOf, reasonOf, taskBase } from './run-step.ts';
import { StepMeter } from './step-meter.ts';
import type { CollectTask, ItemsTask, Outcome, TaskItem } from '../workers/task.ts';

/** How long to wait before looking again for items that another process computes. */
const POLL_MS = 50;
const MAX_RECOMPUTATIONS = 3;

interface ItemRun {
  readonly engine: Engine;
  readonly state: StepState;
  readonly executor: Executor;
  readonly listed: ListedItems;
  /** Rows of finished items. */
  readonly rows: Map<Key, Digest>;
  readonly deadline: ReturnType<typeof deadlineOf>;
  readonly meter: StepMeter;
  computed: number;
}

export async function runItems(engine: Engine, state: StepState): Promise<Attempt> {
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
  engine.onEvent({
    event: 'step-started',
    step: state.step.name,
    node: state.step.node,
    reason: reasonOf(engine, state),
    items: missing.length,
  });
  const stopped = await computeAll(run, missing);
  if (stopped) return conclude(engine, state, { outcome: stopped, since, items: countsOf(run) });
  return collect(run, since);
}

function countsOf({ computed, rows }: ItemRun): ItemCounts {
  return { computed, cached: Math.max(0, rows.size - computed) };
}

/** Looks an item up; remembers its rows if they are there. */
function findRows({ engine, state, rows }: ItemRun, key: Key): boolean {
  const { store } = engine.run;
  const result = store.result(key);
  const digest = result?.outputs['rows']?.digest;
  if (!digest || !store.has(digest) || (state.forced && result.finished < engine.started)) return false;
  rows.set(key, digest);
  return true;
}

/** Computes items until all are there; returns the outcome that stops the step, if one does. */
async function computeAll(run: ItemRun, missing: readonly TaskItem[]): Promise<Outcome | undefined> {
  let open = [...missing];
  let lastTry = -Infinity;
  while (open.length > 0) {
    if (run.engine.signal.aborted) return { status: 'aborted' };
    const before = open.length;
    // Claiming is a transaction: while others compute, look for their results often and try to take over now and then.
    if (performance.now() - lastTry > 20 * POLL_MS) {
      const stopped = await computeFree(run, open);
      if (stopped) return stopped;
      lastTry = performance.now();
    }
    open = open.filter((item) => !run.rows.has(item.key) && !findRows(run, item.key));
    if (open.length === before) {
      const woken = performance.now();
      await run.engine.claims.changed(POLL_MS);
      if (performance.now() - woken < POLL_MS * 0.8) lastTry = -Infinity;
    }
  }
  return undefined;
}

/** Claims and computes what nobody else is computing, as many batches at a time as the executor takes. */
async function computeFree(run: ItemRun, items: readonly TaskItem[]): Promise<Outcome | undefined> {
  const queue = [...items];
  const batch = Math.max(1, Math.min(run.state.step.items?.batch ?? 1, Math.ceil(queue.length / run.executor.size)));
  let stopped: Outcome | undefined;
  const lane = async (): Promise<void> => {
    while (queue.length > 0 && !stopped && !run.engine.signal.aborted) {
      const outcome = await computeBatch(run, queue.splice(0, batch));
      if (outcome) stopped ??= outcome;
    }
  };
  const lanes = Array.from({ length: Math.min(run.executor.size, Math.ceil(queue.length / batch)) }, lane);
  // All lanes end before the step does: a rejection must not leave batches running behind its back.
  for (const settled of await Promise.allSettled(lanes)) if (settled.status === 'rejected') throw settled.reason;
  return stopped;
}

async function computeBatch(run: ItemRun, batch: readonly TaskItem[]): Promise<Outcome | undefined> {
  const { engine, state, executor } = run;
  const owned = await engine.claims.take(batch.map((item) => item.key));
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
    engine.claims.give(owned);
  }
}

/** Has the rows put together, once all items are there. One process does it; the others take its result. */
async function collect(run: ItemRun, since: number): Promise<Attempt> {
  const { engine, state, listed } = run;
  const key = state.key as Key;
  while (!(await engine.claims.take([key])).has(key)) {
    await engine.claims.changed(POLL_MS);
    if (engine.signal.aborted) return { status: 'aborted', items: countsOf(run) };
  }
  let recorded: Promise<void> | undefined;
  try {
    const found = freshResult(engine, state);
    if (found)
      return {
        status: run.computed > 0 ? 'computed' : 'cached',
        outputs: found.outputs,
        seconds: (performance.now() - since) / 1000,
        items: countsOf(run),
        recorded: Promise.resolve(),
      };
    const outcome = await collectOnce(run, MAX_RECOMPUTATIONS);
    const cost = run.meter.cost({ computed: run.computed, all: listed.unique.size });
    const attempt = await conclude(engine, state, { outcome, since, items: countsOf(run), cost });
    if (attempt.status === 'computed') recorded = attempt.recorded;
    return attempt;
  } finally {
    const free = (): void => engine.claims.give([key]);
    if (recorded) void recorded.then(free, free);
    else free();
  }

  /** Rows that turn out to be damaged are computed again: they are this step's own. */
  async function collectOnce(itemRun: ItemRun, tries: number): Promise<Outcome> {
    const rows = listed.order.map((item) => ({ id: item.id, digest: itemRun.rows.get(item.key) as Digest }));
    const task: CollectTask = { ...taskBase(engine, state), kind: 'collect', rows };
    const outcome = await itemRun.meter.run(itemRun.executor, task, hooksOf(engine, state), itemRun.deadline);
    if (outcome.status !== 'lost' || tries === 0) return outcome;
    const lost = new Set(outcome.digests);
    const again = [...listed.unique.values()].filter((item) => lost.has(itemRun.rows.get(item.key) as Digest));
    if (again.length === 0) return outcome;
    for (const item of again) {
      engine.onEvent({
        event: 'warning',
        step: state.step.name,
        message: `blob ${itemRun.rows.get(item.key) ?? ''} is damaged or missing: item ${item.index} is computed again`,
      });
      itemRun.rows.delete(item.key);
      await engine.run.store.forget(item.key);
    }
    return (await computeAll(itemRun, again)) ?? collectOnce(itemRun, tries - 1);
  }
}
