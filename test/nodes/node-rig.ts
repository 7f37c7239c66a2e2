// Executes one node as the engine does: with the real store, the real contexts and checks (perform.ts), and the
// engine's own listing of items. It does not schedule or cache anything.
import { resolve } from 'node:path';
import { Value } from '@sinclair/typebox/value';
import type { TSchema } from '@sinclair/typebox';
import type { Digest, Key, Row } from '../../src/runtime/contracts/artifact.ts';
import { canonical } from '../../src/runtime/contracts/canonical.ts';
import type { InputArtifact, InputPort, NodeDefinition } from '../../src/runtime/contracts/define.ts';
import { FailureError } from '../../src/runtime/contracts/failure.ts';
import type { Edge, Graph, Json, Step } from '../../src/runtime/contracts/graph.ts';
import { listItems } from '../../src/runtime/engine/list-items.ts';
import { createRunState, identify } from '../../src/runtime/engine/run-state.ts';
import { namedFiles } from '../../src/runtime/authoring/find-file-params.ts';
import type { Store } from '../../src/runtime/store/store.ts';
import { perform } from '../../src/runtime/workers/perform.ts';
import type { InputRef, InputRefs, Task, TaskItem, TaskOutcome } from '../../src/runtime/workers/task.ts';
import { digestOf, memoryStore, type MemoryStore } from './memory-store.ts';

export { digestOf, memoryStore, type MemoryStore } from './memory-store.ts';

type Inputs = Readonly<Record<string, InputArtifact | readonly InputArtifact[]>>;

export interface RunSetup {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly inputs?: Inputs;
  /** Seed in place of the key of the action. */
  readonly seed?: string;
  readonly signal?: AbortSignal;
  /** Bytes that the task may use. */
  readonly memory?: number;
  readonly store?: MemoryStore;
  /** Content of the checkpoint at the start. */
  readonly checkpoint?: Uint8Array;
  /** Called after every save of a checkpoint; may throw to simulate a kill. */
  readonly onCheckpoint?: (bytes: Uint8Array, count: number) => void;
}

export interface RunOutcome {
  readonly outputs: Readonly<Record<string, InputArtifact>>;
  readonly warnings: readonly string[];
  readonly progress: readonly (readonly [number, number, string])[];
  readonly checkpoint: Uint8Array | undefined;
  readonly store: MemoryStore;
}

export interface ItemsOutcome {
  /** Rows of the output: collected or concatenated, with `index` filled in if the kind has it. */
  readonly rows: readonly Row[];
  readonly output: InputArtifact;
  readonly warnings: readonly string[];
  readonly store: MemoryStore;
}

type AnyNode = NodeDefinition<any, any, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- any definition fits

/** Parameters with defaults filled in; throws if they violate the schema. */
export function completeParams(node: AnyNode, params: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const complete = Value.Default(node.params as TSchema, structuredClone(params)) as Record<string, unknown>;
  const errors = [...Value.Errors(node.params as TSchema, complete)];
  if (errors.length) throw new Error(`${node.type}: ${errors.map((e) => `${e.path} ${e.message}`).join('; ')}`);
  return complete;
}

function portsOf(node: AnyNode): Readonly<Record<string, InputPort>> {
  return node.inputs as Readonly<Record<string, InputPort>>;
}

function checkInputs(node: AnyNode, inputs: Inputs): void {
  const ports = portsOf(node);
  for (const [name, port] of Object.entries(ports))
    if (inputs[name] === undefined && !port.optional) throw new Error(`${node.type}: input ${name} is missing`);
  for (const name of Object.keys(inputs)) if (!ports[name]) throw new Error(`${node.type} has no input ${name}`);
}

/** One node with its store, ready to carry out tasks. */
class Stage {
  readonly warnings: string[] = [];
  readonly progress: (readonly [number, number, string])[] = [];
  readonly base: Omit<Extract<Task, { kind: 'step' }>, 'kind' | 'key'>;
  readonly refs: InputRefs;
  private readonly node: AnyNode;
  private readonly setup: RunSetup;
  /** Error thrown by the node, before it was converted to a failure. */
  private thrown: unknown;

  constructor(node: AnyNode, setup: RunSetup) {
    this.node = node;
    this.setup = setup;
    const { inputs = {}, memory } = setup;
    checkInputs(node, inputs);
    const refOf = ({ kind, digest, axes }: InputArtifact): InputRef => ({ kind, digest, axes });
    const refs = Object.entries(inputs).map(([port, input]): [string, InputRefs[string]] => [
      port,
      Array.isArray(input) ? (input as readonly InputArtifact[]).map(refOf) : refOf(input as InputArtifact),
    ]);
    this.refs = Object.fromEntries(refs);
    const params = completeParams(node, setup.params) as Record<string, Json>;
    const files = namedFiles(node.params as never, params).map(
      ({ pointer, written }) => [pointer, resolve(written)] as const,
    );
    this.base = {
      step: node.type,
      node: node.type,
      params,
      files: Object.fromEntries(files),
      inputs: this.refs,
      ...(memory === undefined ? {} : { memory }),
    };
  }

  async perform(
    task: Task,
    store: Store,
    item?: (key: Key, rows: Digest) => void,
  ): Promise<Extract<TaskOutcome, { status: 'done' }>> {
    const signal = this.setup.signal ?? new AbortController().signal;
    const outcome = await perform(
      task,
      { store, signal, load: () => Promise.resolve(this.watched()), backend: () => null },
      {
        started: () => undefined,
        warn: (message) => void this.warnings.push(message),
        progress: (done, total, unit) => void this.progress.push([done, total, unit]),
        item: item ?? (() => undefined),
      },
    );
    if (outcome.status === 'done') return outcome;
    if (this.thrown !== undefined) throw this.thrown; // eslint-disable-line @typescript-eslint/only-throw-error -- as the node threw it
    if (outcome.status === 'failed') throw new FailureError(outcome.failure);
    throw new Error(`${this.node.type}: ${outcome.status}`);
  }

  /** The node with a `run` that records what it throws. */
  private watched(): NodeDefinition {
    const remember = (error: unknown): never => {
      this.thrown = error;
      throw error;
    };
    const { run, items } = this.node as NodeDefinition;
    return {
      ...(this.node as NodeDefinition),
      ...(run ? { run: (context) => run(context).catch(remember) } : {}),
      ...(items ? { items: { ...items, run: (context) => items.run(context).catch(remember) } } : {}),
    };
  }
}

/** Executes a node with `run`. */
export async function runNode(node: AnyNode, setup: RunSetup = {}): Promise<RunOutcome> {
  if (!node.run) throw new Error(`${node.type} maps over items: use runItems`);
  const own = setup.store ?? memoryStore();
  const store = await own.settled();
  const stage = new Stage(node, setup);
  const identity = [node.type, node.version, stage.base.params, stage.refs];
  const key = (setup.seed ?? digestOf(canonical(identity))) as Key;
  await store.removeDoc('checkpoints', key);
  if (setup.checkpoint) await store.setDoc('checkpoints', key, { digest: await store.put(setup.checkpoint) });
  const done = await stage.perform({ ...stage.base, kind: 'step', key }, watchCheckpoints(store, setup));
  const outputs = Object.entries(done.outputs).map(([name, artifact]) => [name, own.open(artifact)] as const);
  const saved = store.doc<{ readonly digest: Digest }>('checkpoints', key);
  const checkpoint = saved && (await store.get(saved.digest));
  const { warnings, progress } = stage;
  return { outputs: Object.fromEntries(outputs), warnings, progress, checkpoint, store: own };
}

/** A store that reports when checkpoints are saved. */
function watchCheckpoints(store: Store, { onCheckpoint }: RunSetup): Store {
  let saves = 0;
  const setDoc: Store['setDoc'] = async (table, id, value) => {
    await store.setDoc(table, id, value);
    const bytes = await store.get((value as { readonly digest: Digest }).digest);
    if (table === 'checkpoints' && bytes) onCheckpoint?.(Uint8Array.from(bytes), ++saves);
  };
  return new Proxy(store, {
    get: (target, name): unknown => (name === 'setDoc' ? setDoc : Reflect.get(target, name, target)),
  });
}

/** State of a graph with only this step: each input is the output of a step that is already computed. */
function stateOf(node: AnyNode, stage: Stage, store: Store) {
  const items = (node as NodeDefinition).items!;
  const { over } = items;
  const steps: Step[] = [];
  const outputs = new Map<string, InputRef>();
  const shared = { axes: {}, version: 1, params: {}, files: [], light: false, line: 1 };
  const edgeOf = (port: string, ref: InputRef, at: number): Edge => {
    const name = `${port}-${at}`;
    steps.push({ ...shared, name, base: name, node: 'input', inputs: {}, outputs: { out: ref.kind } });
    outputs.set(name, ref);
    return { step: name, output: 'out', axes: ref.axes };
  };
  const inputs = Object.entries(stage.refs).map(([port, ref]) => [
    port,
    'digest' in ref ? edgeOf(port, ref, 0) : ref.map((one, at) => edgeOf(port, one, at)),
  ]);
  const perItem = Object.entries(portsOf(node)).flatMap(([name, port]) => (port.perItem ? [name] : []));
  const mapped = typeof over === 'function' ? over(stage.base.params) : over;
  const step: Step = {
    ...shared,
    name: node.type,
    base: node.type,
    node: node.type,
    version: node.version,
    params: stage.base.params,
    inputs: Object.fromEntries(inputs) as Step['inputs'],
    outputs: {},
    items: {
      over: mapped,
      perItem,
      batch: items.batch,
      ...(items.reads === undefined ? {} : { reads: items.reads as Record<string, readonly string[]> }),
    },
  };
  const graph: Graph = { pipeline: 'rig', file: '<code>', params: {}, steps: [...steps, step], modules: [] };
  const selection = { steps: graph.steps, targets: new Set([step.name]) };
  const run = createRunState({
    graph,
    store,
    sources: { files: new Map(), modules: [] },
    selection,
    forced: new Set(),
  });
  for (const [name, ref] of outputs) run.byName.get(name)!.outputs = { out: ref };
  const state = run.byName.get(step.name)!;
  identify(run, state);
  return { run, state };
}

/**
 * Executes a node with `items` over all items (or those at `indices`), each with its own seed, in batches of the node's
 * size.
 */
export async function runItems(
  node: AnyNode,
  setup: RunSetup & { readonly indices?: readonly number[] } = {},
): Promise<ItemsOutcome> {
  if (!node.items) throw new Error(`${node.type} has no items: use runNode`);
  const own = setup.store ?? memoryStore();
  const store = await own.settled();
  const stage = new Stage(node, setup);
  const { run, state } = stateOf(node, stage, store);
  const listed = await listItems(run, state);
  if ('lost' in listed) throw new Error(`blobs are gone: ${listed.lost.join(', ')}`);
  const seeded = new Map<Key, TaskItem>();
  const order = (setup.indices ?? listed.order.map((_, index) => index)).map((index): TaskItem => {
    const item = listed.order[index]!;
    const key = setup.seed === undefined ? item.key : (digestOf(`${setup.seed}/${item.key}`) as string as Key);
    const found = seeded.get(key) ?? { ...item, key };
    seeded.set(key, found);
    return found;
  });
  const rows = new Map<Key, Digest>();
  const all = [...seeded.values()];
  for (let at = 0; at < all.length; at += node.items.batch) {
    const items = all.slice(at, at + node.items.batch);
    await stage.perform({ ...stage.base, kind: 'items', items }, store, (key, digest) => rows.set(key, digest));
  }
  const collected = order.map(({ id, key }) => ({ id, digest: rows.get(key)! }));
  const done = await stage.perform({ ...stage.base, kind: 'collect', rows: collected }, store);
  const output = own.open(Object.values(done.outputs)[0]!);
  const made = await output.rows();
  const renumbered = setup.indices?.length === made.length && made[0]?.['index'] !== undefined;
  return {
    rows: renumbered ? made.map((row, i) => ({ ...row, index: setup.indices![i]! })) : made,
    output,
    warnings: stage.warnings,
    store: own,
  };
}
