// Builds what a node sees inside `run`: contexts over the store. Everything a node hands over is checked here against its
// declaration before it is stored. It neither schedules nor records results.
import { openArtifact, writeJson, writeTable } from '../store/artifact-io.ts';
import type { Artifact, Digest, ItemEntry, Kind, Row } from '../contracts/artifact.ts';
import { checkRows } from '../tables/check-rows.ts';
import type { InputArtifact, InputPort, Item, ItemsContext, ItemSlice, RunContext } from '../contracts/define.ts';
import type { TObject } from '@sinclair/typebox';
import { FailureError, fail } from '../contracts/failure.ts';
import type { Store } from '../store/store.ts';
import { decodeRows } from '../tables/table.ts';
import type { TableContent } from '../tables/table.ts';
import type { InputRef, ItemsTask, SliceRef, StepTask, Task, TaskHooks, TaskItem } from './task.ts';

type AnyPorts = Readonly<Record<string, InputPort>>;
export type AnyRunContext = RunContext<TObject, AnyPorts>;
export type AnyItemsContext = ItemsContext<TObject, AnyPorts>;

export interface ContextSetup {
  readonly store: Store;
  readonly signal: AbortSignal;
  readonly hooks: TaskHooks;
  /** Arrow files of the tables written, by artifact digest. */
  readonly tables: Map<Digest, Digest>;
}

function openInput(store: Store, ref: InputRef): InputArtifact {
  return Object.assign(openArtifact(store, ref), { axes: ref.axes });
}

function openInputs(task: Task, store: Store): AnyRunContext['inputs'] {
  const opened = Object.entries(task.inputs).map(([port, ref]) => [
    port,
    Array.isArray(ref)
      ? (ref as readonly InputRef[]).map((one) => openInput(store, one))
      : openInput(store, ref as InputRef),
  ]);
  return Object.fromEntries(opened) as AnyRunContext['inputs'];
}

function baseContext(task: Task, { store, signal, hooks }: ContextSetup) {
  return {
    params: task.params as never,
    files: task.files,
    signal,
    inputs: openInputs(task, store),
    warn: (message: string) => hooks.warn(message),
    progress: (done: number, total: number, unit: string) => hooks.progress(done, total, unit),
    ...(task.memory === undefined ? {} : { memory: task.memory }),
  };
}

/** What `run` of a node gets. */
export function runContext(task: StepTask, setup: ContextSetup): AnyRunContext {
  const { store } = setup;
  return {
    ...baseContext(task, setup),
    seed: task.key,
    put: (bytes) => store.put(bytes),
    json: async (kind, value, refs = [], items) => {
      if (kind.codec !== 'json') fail(wrongCodec(task, kind, 'json'));
      return writeJson(store, kind, value, refs, items).catch((error: unknown) => fail(unwritable(task, kind, error)));
    },
    table: async (kind, content) => {
      if (kind.codec !== 'table') fail(wrongCodec(task, kind, 'table'));
      checkRows(content, { node: task.node, kind });
      return storeTable(setup, kind, content);
    },
    checkpoint: checkpointOf(task, store),
  };
}

function wrongCodec(task: Task, kind: Kind, codec: string) {
  return {
    reason: 'bad-output',
    headline: `${task.node} wrote the kind ${kind.name} as ${codec}, but it is declared ${kind.codec}`,
    values: { node: task.node, kind: kind.name },
  };
}

function unwritable(task: Task, kind: Kind, error: unknown) {
  if (error instanceof FailureError) return error.failure;
  return {
    reason: 'bad-output',
    headline: `${task.node} made a value of kind ${kind.name} that cannot be stored: ${(error as Error).message}`,
    values: { node: task.node, kind: kind.name },
  };
}

/** Writes and remembers a table whose rows were checked when they came in. `items` name the rows of every item. */
export async function storeTable(
  { store, tables }: ContextSetup,
  kind: Kind,
  content: TableContent,
  items?: readonly ItemEntry[],
): Promise<Artifact> {
  const written = await writeTable(store, kind, content, items ? { items } : {});
  tables.set(written.digest, written.table);
  return { kind: written.kind, digest: written.digest };
}

function checkpointOf(task: StepTask, store: Store): AnyRunContext['checkpoint'] {
  return {
    load: async () => {
      const saved = store.doc<{ digest: Digest }>('checkpoints', task.key);
      return saved ? store.get(saved.digest) : undefined;
    },
    save: async (bytes) => {
      await store.setDoc('checkpoints', task.key, { digest: await store.put(bytes) });
    },
  };
}

function openSlice(store: Store, ref: SliceRef): ItemSlice {
  const artifact = openArtifact(store, ref.artifact);
  const digest = ref.entry?.digest ?? ref.artifact.digest;
  return {
    entry: ref.entry ?? {},
    bytes: () => artifact.blob(digest),
    rows: async () => (ref.entry ? decodeRows(await artifact.blob(digest)) : artifact.rows()),
  };
}

function openItem(store: Store, item: TaskItem): Item {
  const slices = Object.entries(item.slices).map(([port, ref]) => [port, openSlice(store, ref)] as const);
  return { id: item.id, index: item.index, seed: item.key, inputs: Object.fromEntries(slices) };
}

/** What `items.run` of a node gets; `emitted` stores the rows of one item and resolves once they are durable. */
export function itemsContext(
  task: ItemsTask,
  setup: ContextSetup,
  emitted: (item: TaskItem, rows: readonly Row[]) => Promise<void>,
): AnyItemsContext {
  const waiting = new Map<Item, TaskItem>(task.items.map((item) => [openItem(setup.store, item), item]));
  return {
    ...baseContext(task, setup),
    items: [...waiting.keys()],
    emit: async (item, rows) => {
      const known = waiting.get(item);
      if (!known) {
        fail({
          reason: 'bad-output',
          headline: `${task.node} emitted item ${item.index} twice, or one it was not given`,
          values: { node: task.node, item: item.id },
        });
      }
      waiting.delete(item);
      await emitted(known, rows);
    },
  };
}
