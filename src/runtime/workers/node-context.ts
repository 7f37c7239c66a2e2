// Contexts passed to nodes: to `run` for a step, and to `items.run` for a batch. Everything that a node writes is
// checked here against its declaration before it is stored. Nothing here schedules or records results.
import { openArtifact, writeJson, writeTable } from '../store/artifact-io.ts';
import type { Artifact, Digest, ItemEntry, Kind, Row } from '../contracts/artifact.ts';
import type { Json } from '../contracts/canonical.ts';
import { checkRows } from '../tables/check-rows.ts';
import type { InputArtifact, InputPort, Item, ItemsContext, ItemSlice, RunContext } from '../contracts/define.ts';
import type { TObject } from '@sinclair/typebox';
import { FailureError, fail, failure } from '../contracts/failure.ts';
import type { Failure } from '../contracts/failure.ts';
import type { Store } from '../store/store.ts';
import { decodeRows } from '../tables/table.ts';
import type { TableContent } from '../tables/table.ts';
import type { InputRef, ItemsTask, SliceRef, StepTask, Task, TaskItem, TaskReports } from './task.ts';

type AnyPorts = Readonly<Record<string, InputPort>>;
export type AnyRunContext = RunContext<TObject, AnyPorts>;
export type AnyItemsContext = ItemsContext<TObject, AnyPorts>;

export interface ContextSetup {
  /** Store that notes the digest of every requested blob that is damaged or missing (watch-losses.ts). */
  readonly store: Store;
  /**
   * The same store without notes of lost blobs. It is used for checkpoints: no step can restore a lost checkpoint, and
   * the node continues without it.
   */
  readonly unwatched: Store;
  readonly signal: AbortSignal;
  readonly hooks: TaskReports;
  /** Digests of the Arrow files of the tables written so far, by digest of the artifact. */
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

/** Creates the context of `run`. */
export function runContext(task: StepTask, setup: ContextSetup): AnyRunContext {
  const { store } = setup;
  return {
    ...baseContext(task, setup),
    seed: task.key,
    put: (bytes) => store.put(bytes),
    json: async (kind, value, refs = [], items) => {
      if (kind.codec !== 'json') fail(otherCodec(task, kind));
      return writeJson(store, kind, value, refs, items).catch((error: unknown) => fail(unstorable(task, kind, error)));
    },
    table: async (kind, content) => {
      if (kind.codec !== 'table') fail(otherCodec(task, kind));
      checkRows(content, { node: task.node, kind });
      return storeTable(setup, kind, content);
    },
    checkpoint: checkpointOf(task, setup.unwatched),
  };
}

function otherCodec({ node }: Task, kind: Kind): Failure {
  return failure('bad-output', { node, problem: 'other codec', kind: kind.name, declared: kind.codec });
}

function unstorable({ node }: Task, kind: Kind, error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  const { message } = error as Error;
  return failure('bad-output', { node, problem: 'unstorable', kind: kind.name, message });
}

/**
 * Writes a table whose rows were already checked, and adds its Arrow file to `tables`. `items` lists the id of every
 * item with the digest of its rows.
 */
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

interface SliceSetup {
  readonly store: Store;
  readonly node: string;
  readonly port: string;
  /** Fields that the node declares in `items.reads`. */
  readonly fields: readonly string[];
}

function openSlice(ref: SliceRef, { store, node, port, fields }: SliceSetup): ItemSlice {
  const artifact = openArtifact(store, ref.artifact);
  const digest = ref.entry?.digest ?? ref.artifact.digest;
  const read = (field: string): Json | undefined => {
    if (!fields.includes(field)) {
      throw new TypeError(
        `${node} reads the field ${field} of items on its port ${port} without declaring it: add it to items.reads`,
      );
    }
    return ref.entry?.seen?.[field];
  };
  return {
    read,
    bytes: () => artifact.blob(digest),
    blob: async (field) => {
      const found = read(field);
      return found === undefined ? undefined : artifact.blob(found as Digest);
    },
    rows: async () => (ref.entry ? decodeRows(await artifact.blob(digest)) : artifact.rows()),
  };
}

/** Fields that a node declares in `items.reads`, by port. */
type Reads = Readonly<Record<string, readonly string[] | undefined>>;

function openItem(store: Store, item: TaskItem, node: string, reads: Reads): Item {
  const slices = Object.entries(item.slices).map(
    ([port, ref]) => [port, openSlice(ref, { store, node, port, fields: reads[port] ?? [] })] as const,
  );
  const name = item.name ?? `item ${item.index} (${item.id.slice(0, 12)})`;
  return { id: item.id, index: item.index, name, seed: item.key, inputs: Object.fromEntries(slices) };
}

export interface ItemHooks {
  readonly reads: Reads;
  /** Stores the rows of one item; resolves once they are durable. */
  readonly emitted: (item: TaskItem, rows: readonly Row[]) => Promise<void>;
}

/** Creates the context of a node's `items.run`. */
export function itemsContext(task: ItemsTask, setup: ContextSetup, { reads, emitted }: ItemHooks): AnyItemsContext {
  const waiting = new Map<Item, TaskItem>(
    task.items.map((item) => [openItem(setup.store, item, task.node, reads), item]),
  );
  return {
    ...baseContext(task, setup),
    items: [...waiting.keys()],
    emit: async (item, rows) => {
      const known = waiting.get(item);
      if (!known)
        return fail(failure('bad-output', { node: task.node, problem: 'item twice', item: String(item.index) }));
      waiting.delete(item);
      await emitted(known, rows);
    },
  };
}
