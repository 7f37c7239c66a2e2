// Enumerates the items of an item node's step: the key of each, and the artifacts it reads. Nothing is computed here.
import { baseAction, keyedInputs } from './action.ts';
import type { Artifact, Digest, ItemEntry, Key } from '../contracts/artifact.ts';
import { fail, failure } from '../contracts/failure.ts';
import type { Failure } from '../contracts/failure.ts';
import type { ActionRecord } from '../contracts/keys.ts';
import { digestEntry, itemKey } from '../contracts/keys.ts';
import type { RunState, StepState } from './run-state.ts';
import { inputsOf } from './run-state.ts';
import type { InputRef, InputRefs, SliceRef, TaskItem } from '../workers/task.ts';

export interface ListedItems {
  /** One per occurrence, in data set order. */
  readonly order: readonly TaskItem[];
  /** Equal items once. */
  readonly unique: ReadonlyMap<Key, TaskItem>;
}

interface Sliced {
  readonly port: string;
  readonly artifact: Artifact;
  /** Entries by item id, where the artifact has items. */
  readonly entries?: ReadonlyMap<Digest, ItemEntry>;
}

/** The part of an entry that an item sees: all but its name and place, which may change without the item changing. */
function visible(entry: ItemEntry): ItemEntry {
  const seen: Record<string, unknown> = { ...entry };
  delete seen['name'];
  delete seen['index'];
  return seen as ItemEntry;
}

/** Digest of an entry for the key: of its blob, and of everything else that the node can see of it. */
function entryDigest(entry: ItemEntry): Digest {
  const plain = Object.keys(entry).length === 2 && entry.id === entry.digest;
  return plain ? entry.digest : digestEntry(entry);
}

async function entriesOf(run: RunState, artifact: Artifact): Promise<readonly ItemEntry[] | undefined | 'lost'> {
  const bytes = await run.store.get(artifact.digest);
  if (!bytes) return 'lost';
  return (JSON.parse(new TextDecoder().decode(bytes)) as { items?: readonly ItemEntry[] }).items;
}

/** The items of the step's `over` port, or the digests of manifests that are gone. */
export async function listItems(
  run: RunState,
  state: StepState,
): Promise<ListedItems | { readonly lost: readonly Digest[] }> {
  const { step } = state;
  const { over, perItem } = step.items ?? { over: '', perItem: [] };
  const refs = inputsOf(run, state);
  const source = refs[over] as InputRef | undefined;
  if (!source) return fail(noItems(state, over));
  const sliced: Sliced[] = [];
  const lost: Digest[] = [];
  let enumerated: readonly ItemEntry[] | undefined;
  for (const port of new Set([over, ...perItem])) {
    const artifact = refs[port] as InputRef | undefined;
    if (!artifact) continue;
    const entries = await entriesOf(run, artifact);
    if (entries === 'lost') {
      lost.push(artifact.digest);
      continue;
    }
    const seen = entries?.map(visible);
    if (port === over) enumerated = seen;
    sliced.push({ port, artifact, ...(seen ? { entries: new Map(seen.map((entry) => [entry.id, entry])) } : {}) });
  }
  if (lost.length > 0) return { lost };
  if (!enumerated) return fail(noItems(state, over, source.kind));
  return { ...itemTasks(run, state, { refs, over, sliced, enumerated }) };
}

interface Enumeration {
  readonly refs: InputRefs;
  readonly over: string;
  readonly sliced: readonly Sliced[];
  readonly enumerated: readonly ItemEntry[];
}

function itemTasks(run: RunState, state: StepState, { refs, over, sliced, enumerated }: Enumeration): ListedItems {
  const perItem = new Set(sliced.map(({ port }) => port));
  const whole = keyedInputs(Object.fromEntries(Object.entries(refs).filter(([port]) => !perItem.has(port))));
  const base = baseAction(state.step, run.graph, run.sources);
  const unique = new Map<Key, TaskItem>();
  const order = enumerated.map((own, index): TaskItem => {
    const slices: Record<string, SliceRef> = {};
    const inputs: Record<string, ActionRecord['inputs'][string]> = { ...whole };
    for (const { port, artifact, entries } of sliced) {
      // Items with equal ids can differ in other fields (label): for the mapped port use this occurrence's own entry.
      const entry = port === over ? own : entries?.get(own.id);
      if (entries && !entry) fail(missingItem(state, port, own.id));
      inputs[port] = entry ? entryDigest(entry) : artifact.digest;
      slices[port] = { artifact: { kind: artifact.kind, digest: artifact.digest }, ...(entry ? { entry } : {}) };
    }
    const action: ActionRecord = { ...base, inputs };
    const item: TaskItem = { key: itemKey(action), action, id: own.id, index, slices };
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
