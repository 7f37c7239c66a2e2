// Carries out one task in this process: loads the node's code, calls it with its context, checks and stores its
// outputs. The results of items are recorded here, one by one. The engine records the result of a step.
import { POSITION_COLUMN } from '../contracts/artifact.ts';
import type { Artifact, Digest, ItemEntry, Kind, Row } from '../contracts/artifact.ts';
import { checkRows } from '../tables/check-rows.ts';
import type { NodeDefinition } from '../contracts/define.ts';
import { describeThrow } from '../contracts/describe-throw.ts';
import { environment } from '../contracts/environment.ts';
import { fail, failure } from '../contracts/failure.ts';
import type { DataOf } from '../contracts/failure.ts';
import type { ContextSetup } from './node-context.ts';
import { itemsContext, runContext, storeTable } from './node-context.ts';
import { findManifest } from '../store/manifest.ts';
import type { Store } from '../store/store.ts';
import { decodeRows, encodeRows } from '../tables/table.ts';
import type { LoadNode } from './load-nodes.ts';
import type {
  CollectTask,
  ItemsTask,
  StepTask,
  StoredArtifact,
  Task,
  TaskItem,
  TaskOutcome,
  TaskReports,
} from './task.ts';
import { BlobsLost, isLoss, watchLosses } from './watch-losses.ts';

/** Services of the process that carries out tasks. */
export interface Host {
  readonly store: Store;
  readonly signal: AbortSignal;
  readonly load: LoadNode;
  /** Name of the tensor backend; null before one is loaded. */
  readonly backend: () => string | null;
}

type Outputs = Readonly<Record<string, StoredArtifact>>;

/** Reports of a task; `started` is called when the node's code is loaded. */
export interface PerformHooks extends TaskReports {
  readonly started: () => void;
}

/** Carries out a task. Never rejects: a failure is an outcome. */
export async function perform(task: Task, host: Host, hooks: PerformHooks): Promise<TaskOutcome> {
  const lost = new Set<Digest>();
  try {
    const definition = await host.load(task.node, task.module);
    hooks.started();
    const { store: unwatched, signal } = host;
    const setup = { store: watchLosses(unwatched, lost), unwatched, signal, hooks, tables: new Map<Digest, Digest>() };
    const outputs = await outputsOf(task, definition, setup, host);
    return { status: 'done', outputs, backend: host.backend() };
  } catch (error) {
    if (host.signal.aborted) return { status: 'aborted' };
    if (lost.size > 0 && isLoss(error)) return { status: 'lost', digests: [...lost] };
    return { status: 'failed', failure: describeThrow(error, task) };
  }
}

function outputsOf(task: Task, definition: NodeDefinition, setup: ContextSetup, host: Host): Promise<Outputs> {
  switch (task.kind) {
    case 'step':
      return performStep(task, definition, setup);
    case 'items':
      return performItems(task, definition, setup, host);
    case 'collect':
      return performCollect(task, definition, setup);
  }
}

async function performStep(task: StepTask, definition: NodeDefinition, setup: ContextSetup): Promise<Outputs> {
  if (!definition.run) throw new TypeError(`node type ${task.node} has no run`);
  const made: unknown = await definition.run(runContext(task, setup));
  if (typeof made !== 'object' || made === null) badOutput(task, { problem: 'nothing' });
  const outputs: [string, StoredArtifact][] = [];
  for (const [name, port] of Object.entries(definition.outputs)) {
    const artifact = (made as Record<string, Artifact | undefined>)[name];
    outputs.push([name, await checkOutput(task, setup, { name, kind: port.kind, artifact })]);
  }
  const unknown = Object.keys(made).find((name) => !definition.outputs[name]);
  if (unknown !== undefined) badOutput(task, { problem: 'undeclared', output: unknown });
  return Object.fromEntries(outputs);
}

interface Made {
  readonly name: string;
  readonly kind: Kind;
  readonly artifact: Artifact | undefined;
}

async function checkOutput(
  task: Task,
  { store, tables }: ContextSetup,
  { name, kind, artifact }: Made,
): Promise<StoredArtifact> {
  if (typeof artifact?.digest !== 'string') badOutput(task, { problem: 'missing', output: name });
  if (artifact.kind !== kind.name)
    badOutput(task, { problem: 'other kind', output: name, kind: artifact.kind, declared: kind.name });
  if (!store.has(artifact.digest)) badOutput(task, { problem: 'not stored', output: name });
  if (kind.codec !== 'table') return { kind: artifact.kind, digest: artifact.digest };
  // The manifest is read if the node passes on an input table as its output.
  const table = tables.get(artifact.digest) ?? (await tableOf(store, artifact.digest));
  return { kind: artifact.kind, digest: artifact.digest, ...(table ? { table } : {}) };
}

async function tableOf(store: Store, digest: Digest): Promise<Digest | undefined> {
  const manifest = await findManifest(store, digest);
  return manifest !== undefined && 'table' in manifest ? manifest.table : undefined;
}

function badOutput({ node }: Task, data: Omit<DataOf<'bad-output'>, 'node'>): never {
  return fail(failure('bad-output', { node, ...data }));
}

function outputPort(task: Task, definition: NodeDefinition): readonly [string, Kind] {
  const [port] = Object.entries(definition.outputs);
  if (!definition.items || !port) throw new TypeError(`node type ${task.node} does not map over items`);
  return [port[0], port[1].kind];
}

async function performItems(
  task: ItemsTask,
  definition: NodeDefinition,
  setup: ContextSetup,
  host: Host,
): Promise<Outputs> {
  const [, kind] = outputPort(task, definition);
  const left = new Set(task.items);
  const writing: Promise<void>[] = [];
  let since = performance.now();
  const emitted = (item: TaskItem, rows: readonly Row[]): Promise<void> => {
    // With `collect`, the node itself reads the rows of items, so only its output must match the kind.
    if (!definition.items?.collect)
      checkRows(rows, { node: task.node, kind, without: [POSITION_COLUMN], item: item.id });
    left.delete(item);
    const now = performance.now();
    const seconds = (now - since) / 1000;
    since = now;
    const written = recordItem(item, rows, host, seconds).then((digest) => setup.hooks.item(item.key, digest));
    written.catch(() => undefined); // avoids an unhandled rejection; the promise is also awaited below
    writing.push(written);
    return written;
  };
  try {
    await definition.items?.run(itemsContext(task, setup, { reads: definition.items.reads ?? {}, emitted }));
  } finally {
    await Promise.allSettled(writing);
  }
  await Promise.all(writing);
  const [missing] = left;
  if (missing) badOutput(task, { problem: 'item missing', item: String(missing.index), left: left.size });
  return {};
}

/**
 * Largest size, in bytes, of rows that are written together with the result of their item: writes within one turn of
 * the event loop are committed together and in order. Larger rows are made durable before the result is written.
 */
const SMALL_BYTES = 64 * 1024;

async function recordItem(
  item: TaskItem,
  rows: readonly Row[],
  { store, backend }: Host,
  seconds: number,
): Promise<Digest> {
  const bytes = encodeRows(rows);
  const { digest, durable } = store.startPut(bytes);
  if (bytes.length > SMALL_BYTES) await durable;
  const recording = store.record(item.key, {
    action: item.action,
    outputs: { rows: { kind: 'rows', digest } },
    seconds,
    finished: new Date().toISOString(),
    environment: environment(backend()),
  });
  await Promise.all([durable, recording]);
  return digest;
}

async function performCollect(task: CollectTask, definition: NodeDefinition, setup: ContextSetup): Promise<Outputs> {
  const [name, kind] = outputPort(task, definition);
  const numbered = kind.columns?.[POSITION_COLUMN] !== undefined;
  const decoded = new Map<Digest, readonly Row[]>();
  for (const { digest } of task.rows) {
    if (decoded.has(digest)) continue;
    const bytes = await setup.store.get(digest);
    // A missing blob does not end the loop, so that all lost items are computed again together.
    if (bytes) decoded.set(digest, decodeRows(bytes));
  }
  const byItem = task.rows.map(({ digest }, index) => {
    const rows = decoded.get(digest);
    return rows ? rows.map((row) => (numbered ? { ...row, [POSITION_COLUMN]: index } : row)) : undefined;
  });
  if (byItem.includes(undefined)) throw new BlobsLost('rows of items are missing');
  const present = byItem as (readonly Row[])[];
  const mapping = definition.items;
  const reduced = mapping?.collect?.(
    present.map((own) => [...own]),
    task.params,
  );
  // Without `collect`, the rows were checked when they were emitted.
  if (reduced) checkRows(reduced, { node: task.node, kind });
  const items: readonly ItemEntry[] = task.rows.map(({ id, digest }) => ({ id, digest }));
  const artifact = await storeTable(setup, kind, reduced ?? present.flat(), reduced ? undefined : items);
  return { [name]: await checkOutput(task, setup, { name, kind, artifact }) };
}
