// Lists the items of a step whose node maps over items: the key of each item, and the artifacts that the item reads.
// Nothing is computed here.
import { baseAction, keyedInputs } from './action.ts';
import type { Artifact, Digest, ItemEntry, Key } from '../contracts/artifact.ts';
import type { Json } from '../contracts/canonical.ts';
import { fail, failure } from '../contracts/failure.ts';
import type { Failure } from '../contracts/failure.ts';
import type { ActionRecord } from '../contracts/keys.ts';
import { digestEntry, itemKey } from '../contracts/keys.ts';
import type { RunState, StepState } from './run-state.ts';
import { inputsOf } from './run-state.ts';
import { findManifest } from '../store/manifest.ts';
import type { InputRef, InputRefs, SeenEntry, SliceRef, TaskItem } from '../workers/task.ts';

export interface ListedItems {
  /** All items in data set order. An item that occurs twice is listed twice. */
  readonly order: readonly TaskItem[];
  /** Distinct items, by key. An item that occurs twice is listed once. */
  readonly unique: ReadonlyMap<Key, TaskItem>;
}

interface Sliced {
  readonly port: string;
  readonly artifact: Artifact;
  /** Entries by item id, if the artifact has items. */
  readonly entries?: ReadonlyMap<Digest, readonly SeenEntry[]>;
}

/**
 * Returns the part of an item's entry that the node sees: id, digest, and the fields that the node declares in
 * `items.reads`.
 */
function seenEntry({ id, digest, seen = {} }: ItemEntry, fields: readonly string[] = []): SeenEntry {
  const read = fields.filter((field) => seen[field] !== undefined);
  if (read.length === 0) return { id, digest };
  return { id, digest, seen: Object.fromEntries(read.map((field) => [field, seen[field] as Json])) };
}

/** Returns the entries as the node sees them, by item id. Entries with the same id are in data set order. */
function seenEntries(
  entries: readonly ItemEntry[],
  fields: readonly string[] | undefined,
): ReadonlyMap<Digest, readonly SeenEntry[]> {
  const byId = new Map<Digest, SeenEntry[]>();
  for (const entry of entries) {
    const known = byId.get(entry.id);
    if (known) known.push(seenEntry(entry, fields));
    else byId.set(entry.id, [seenEntry(entry, fields)]);
  }
  return byId;
}

/** Lists the items on the `over` port of a step. Returns `lost` instead if manifests are missing. */
export async function listItems(
  run: RunState,
  state: StepState,
): Promise<ListedItems | { readonly lost: readonly Digest[] }> {
  const { step } = state;
  const { over, perItem, reads = {} } = step.items ?? { over: '', perItem: [] };
  const refs = inputsOf(run, state);
  const source = refs[over] as InputRef | undefined;
  if (!source) return fail(noItems(state, over));
  const sliced: Sliced[] = [];
  const lost: Digest[] = [];
  let enumerated: readonly ItemEntry[] | undefined;
  for (const port of new Set([over, ...perItem])) {
    const artifact = refs[port] as InputRef | undefined;
    if (!artifact) continue;
    const manifest = await findManifest(run.store, artifact.digest);
    if (!manifest) {
      lost.push(artifact.digest);
      continue;
    }
    const { items } = manifest;
    if (port === over) enumerated = items;
    sliced.push({ port, artifact, ...(items ? { entries: seenEntries(items, reads[port]) } : {}) });
  }
  if (lost.length > 0) return { lost };
  if (!enumerated) return fail(noItems(state, over, source.kind));
  return { ...itemTasks(run, state, { refs, sliced, enumerated }) };
}

interface Enumeration {
  readonly refs: InputRefs;
  readonly sliced: readonly Sliced[];
  readonly enumerated: readonly ItemEntry[];
}

function itemTasks(run: RunState, state: StepState, { refs, sliced, enumerated }: Enumeration): ListedItems {
  const perItem = new Set(sliced.map(({ port }) => port));
  const whole = keyedInputs(Object.fromEntries(Object.entries(refs).filter(([port]) => !perItem.has(port))));
  const base = baseAction(state.step, run.graph, run.sources);
  const unique = new Map<Key, TaskItem>();
  const occurrences = new Map<Digest, number>();
  const order = enumerated.map(({ id, name }, index): TaskItem => {
    const occurrence = occurrences.get(id) ?? 0;
    occurrences.set(id, occurrence + 1);
    const slices: Record<string, SliceRef> = {};
    const inputs: Record<string, ActionRecord['inputs'][string]> = { ...whole };
    for (const { port, artifact, entries } of sliced) {
      // Entries with equal ids may differ in other fields, for example a label. Therefore the k-th occurrence of an id
      // on the `over` port is matched with the k-th occurrence of this id on every other port.
      const known = entries?.get(id);
      const entry = known?.[Math.min(occurrence, known.length - 1)];
      if (entries && !entry) fail(missingItem(state, port, id));
      inputs[port] = entry ? digestEntry(entry) : artifact.digest;
      slices[port] = { artifact: { kind: artifact.kind, digest: artifact.digest }, ...(entry ? { entry } : {}) };
    }
    const action: ActionRecord = { ...base, inputs };
    const item: TaskItem = { key: itemKey(action), action, id, index, ...(name === undefined ? {} : { name }), slices };
    const known = unique.get(item.key);
    if (!known) unique.set(item.key, item);
    return known ?? item;
  });
  return { order, unique };
}

function noItems({ step: { name, node } }: StepState, port: string, kind?: string): Failure {
  return failure('no-items', { step: name, node, port, ...(kind === undefined ? {} : { kind }) }, { step: name });
}

function missingItem({ step: { name, node } }: StepState, port: string, item: Digest): Failure {
  return failure('missing-item', { step: name, node, port, item }, { step: name });
}
