// Runs one node in memory: the contexts of runtime/define.ts over a map of blobs. For tests of nodes; it is no engine: no keys,
// no cache, no processes. It checks what a node hands over against its declaration, as the engine would.
import { resolve } from 'node:path';
import { Value } from '@sinclair/typebox/value';
import type { TObject, TSchema } from '@sinclair/typebox';
import type { Artifact, Digest, ItemEntry, Kind, Row } from '../../src/runtime/contracts/artifact.ts';
import type {
  InputArtifact,
  InputPort,
  Item,
  ItemSlice,
  ItemsContext,
  NodeDefinition,
  RunContext,
} from '../../src/runtime/contracts/define.ts';
import { checkRows } from './check-rows.ts';
import { canonical, digestOf, memoryStore, type MemoryStore } from './memory-store.ts';

export { digestOf, memoryStore, type MemoryStore } from './memory-store.ts';

export interface RunSetup {
  readonly params?: Readonly<Record<string, unknown>>;
  /** Absolute paths by JSON pointer; by default taken from the parameters marked `file`, relative to the working folder. */
  readonly files?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, InputArtifact | readonly InputArtifact[]>>;
  readonly seed?: string;
  readonly signal?: AbortSignal;
  /** Bytes that the task may use. */
  readonly memory?: number;
  readonly store?: MemoryStore;
  /** Contents of the checkpoint at the start. */
  readonly checkpoint?: Uint8Array;
  /** Called after every save of a checkpoint; throw to play a kill. */
  onCheckpoint?(bytes: Uint8Array, count: number): void;
}

export interface RunOutcome {
  readonly outputs: Readonly<Record<string, InputArtifact>>;
  readonly warnings: readonly string[];
  readonly progress: readonly (readonly [number, number, string])[];
  readonly checkpoint: Uint8Array | undefined;
  readonly store: MemoryStore;
}

export interface ItemsOutcome {
  /** Rows of every item asked for, in data set order, before `collect`. */
  readonly byItem: readonly (readonly [Digest, readonly Row[]])[];
  /** Rows of the output: collected or concatenated, with `index` filled in where the kind has it. */
  readonly rows: readonly Row[];
  readonly output: InputArtifact;
  readonly warnings: readonly string[];
  readonly store: MemoryStore;
}

type AnyNode = NodeDefinition<any, any, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- any definition fits

/** Parameters with defaults filled in; throws where they break the schema. */
export function completeParams(node: AnyNode, params: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const complete = Value.Default(node.params as TSchema, structuredClone(params)) as Record<string, unknown>;
  const errors = [...Value.Errors(node.params as TSchema, complete)];
  if (errors.length) throw new Error(`${node.type}: ${errors.map((e) => `${e.path} ${e.message}`).join('; ')}`);
  return complete;
}

function findFiles(
  schema: TSchema,
  value: unknown,
  parent: Record<string, unknown>,
  pointer: string,
  out: Record<string, string>,
): void {
  if (typeof value === 'string' && schema['file'] !== undefined) {
    const within = (schema['file'] as { within?: string }).within;
    const folder = within === undefined ? undefined : parent[within];
    out[pointer] = typeof folder === 'string' ? resolve(folder, value) : resolve(value);
  } else if (Array.isArray(value)) {
    value.forEach((entry, i) => findFiles((schema['items'] ?? {}) as TSchema, entry, parent, `${pointer}/${i}`, out));
  } else if (typeof value === 'object' && value !== null) {
    const properties = (schema['properties'] ?? {}) as Record<string, TSchema>;
    for (const [name, entry] of Object.entries(value)) {
      const property = properties[name];
      if (property) findFiles(property, entry, value as Record<string, unknown>, `${pointer}/${name}`, out);
    }
  }
}

function base(node: AnyNode, setup: RunSetup) {
  const params = completeParams(node, setup.params);
  const found: Record<string, string> = {};
  findFiles(node.params as TSchema, params, params, '', found);
  const warnings: string[] = [];
  const progress: (readonly [number, number, string])[] = [];
  const digests = Object.entries(setup.inputs ?? {}).map(([port, input]) => [
    port,
    [input].flat().map((a) => [a.axes, a.digest]),
  ]);
  checkInputs(node, setup);
  return {
    store: setup.store ?? memoryStore(),
    seed: setup.seed ?? digestOf(canonical([node.type, node.version, params, digests])),
    warnings,
    progress,
    context: {
      params: params as never,
      files: setup.files ?? found,
      signal: setup.signal ?? new AbortController().signal,
      inputs: (setup.inputs ?? {}) as never,
      ...(setup.memory === undefined ? {} : { memory: setup.memory }),
      warn: (message: string): void => void warnings.push(message),
      progress: (done: number, total: number, unit: string): void => void progress.push([done, total, unit]),
    },
  };
}

function checkInputs(node: AnyNode, setup: RunSetup): void {
  const ports = node.inputs as Readonly<Record<string, InputPort>>;
  for (const [name, port] of Object.entries(ports)) {
    const given = setup.inputs?.[name];
    if (given === undefined && !port.optional) throw new Error(`${node.type}: input ${name} is missing`);
    const kinds = [port.kind].flat().map((kind) => kind.name);
    for (const artifact of given === undefined ? [] : [given].flat()) {
      if (!kinds.includes(artifact.kind))
        throw new Error(`${node.type}: input ${name} takes ${kinds.join(' or ')}, not ${artifact.kind}`);
    }
  }
  for (const name of Object.keys(setup.inputs ?? {}))
    if (!ports[name]) throw new Error(`${node.type} has no input ${name}`);
}

/** Runs a node with `run`. */
export async function runNode(node: AnyNode, setup: RunSetup = {}): Promise<RunOutcome> {
  if (!node.run) throw new Error(`${node.type} maps over items: use runItems`);
  const { store, seed, warnings, progress, context } = base(node, setup);
  let checkpoint = setup.checkpoint;
  let saves = 0;
  const full: RunContext<TObject, Record<string, InputPort>> = {
    ...context,
    seed,
    put: (bytes) => Promise.resolve(store.put(bytes)),
    json: async (kind, value, refs, items) =>
      Promise.resolve(store.json(kind.name, value, { ...(refs && { refs }), ...(items && { items }) })),
    table: async (kind, rows) => {
      checkRows(kind, rows);
      return Promise.resolve(store.table(kind.name, rows));
    },
    checkpoint: {
      load: () => Promise.resolve(checkpoint),
      save: async (bytes) => {
        checkpoint = Uint8Array.from(bytes);
        setup.onCheckpoint?.(checkpoint, ++saves);
        await Promise.resolve();
      },
    },
  };
  const made = (await node.run(full as never)) as Record<string, Artifact>;
  const outputs: Record<string, InputArtifact> = {};
  for (const [name, port] of Object.entries(node.outputs as Record<string, { kind: Kind }>)) {
    const artifact = made[name];
    if (!artifact) throw new Error(`${node.type} did not hand over its output ${name}`);
    if (artifact.kind !== port.kind.name)
      throw new Error(`${node.type}: output ${name} is ${artifact.kind}, declared ${port.kind.name}`);
    outputs[name] = store.open(artifact);
  }
  return { outputs, warnings, progress, checkpoint, store };
}

async function sliceOf(
  artifact: InputArtifact,
  port: InputPort,
  id: Digest,
  fields: readonly string[] = [],
): Promise<ItemSlice> {
  const entries = port.perItem ? await artifact.items() : undefined;
  const entry = entries?.find((candidate) => candidate.id === id);
  if (entries && !entry) throw new Error(`item ${id} is not among the items of ${artifact.kind}`);
  const digest = entry?.digest ?? artifact.digest;
  const read = (field: string) => {
    if (!fields.includes(field)) throw new TypeError(`the field ${field} is read and not declared`);
    return entry?.seen?.[field];
  };
  return {
    read,
    blob: async (field) => {
      const found = read(field);
      return found === undefined ? undefined : artifact.blob(found as Digest);
    },
    bytes: () => artifact.blob(digest),
    rows: async () => (entry ? (await artifact.rows()).filter((row) => row['image'] === id) : artifact.rows()),
  };
}

/** Runs a node with `items` over all items (or those at `indices`), each in its own seed, in batches of the node's size. */
export async function runItems(
  node: AnyNode,
  setup: RunSetup & { readonly indices?: readonly number[] } = {},
): Promise<ItemsOutcome> {
  if (!node.items) throw new Error(`${node.type} has no items: use runNode`);
  const { store, seed, warnings, context } = base(node, setup);
  const over =
    typeof node.items.over === 'function'
      ? (node.items.over as (p: unknown) => string)(context.params)
      : node.items.over;
  const source = setup.inputs?.[over] as InputArtifact | undefined;
  const entries = await source?.items();
  if (!entries) throw new Error(`${node.type}: input ${over} has no items`);
  const ports = node.inputs as Readonly<Record<string, InputPort>>;
  const indices = setup.indices ?? entries.map((_, i) => i);
  const items = new Map<Digest, Item>();
  for (const index of indices) {
    const entry = entries[index];
    if (!entry || items.has(entry.id)) continue; // an image that occurs twice is computed once
    const slices: [string, ItemSlice][] = [];
    for (const [name, given] of Object.entries(setup.inputs ?? {})) {
      const port = ports[name];
      if (port?.perItem || name === over)
        slices.push([
          name,
          await sliceOf(
            given as InputArtifact,
            { ...port, perItem: true } as InputPort,
            entry.id,
            node.items.reads?.[name],
          ),
        ]);
    }
    items.set(entry.id, {
      id: entry.id,
      index,
      name: entry.name ?? `item ${index}`,
      seed: digestOf(`${seed}/${entry.id}`),
      inputs: Object.fromEntries(slices),
    });
  }
  const done = new Map<Digest, readonly Row[]>();
  const kind = (Object.values(node.outputs as Record<string, { kind: Kind }>)[0] as { kind: Kind }).kind;
  const all = [...items.values()];
  for (let start = 0; start < all.length; start += node.items.batch) {
    const full: ItemsContext<TObject, Record<string, InputPort>> = {
      ...context,
      items: all.slice(start, start + node.items.batch),
      emit: async (item, rows) => {
        if (done.has(item.id)) throw new Error(`item ${item.index} was emitted twice`);
        done.set(item.id, rows);
        await Promise.resolve();
      },
    };
    await node.items.run(full as never);
  }
  const byItem = indices.map((index): readonly [Digest, readonly Row[]] => {
    const id = (entries[index] as ItemEntry).id;
    const rows = done.get(id);
    if (!rows) throw new Error(`${node.type} emitted nothing for item ${index}`);
    return [id, rows];
  });
  const numbered = byItem.map(([, rows], i) =>
    rows.map((row) => (kind.columns?.['index'] ? { ...row, index: indices[i] as number } : row)),
  );
  const reduced = node.items.collect?.(numbered, context.params);
  const rows = reduced ?? numbered.flat();
  checkRows(kind, rows);
  const output = reduced ? store.table(kind.name, rows) : store.table(kind.name, rows, { byItem });
  return { byItem, rows, output, warnings, store };
}
