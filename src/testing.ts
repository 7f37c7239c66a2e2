// `lethe/testing`: checks a node type against its contract, for the tests of users' and of built-in node types. No test
// framework is needed.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TObject } from '@sinclair/typebox';
import { parse } from 'yaml';
import { registry } from './registry.ts';
import { linkPipeline } from './runtime/authoring/define-pipeline.ts';
import type { Pipeline } from './runtime/authoring/define-pipeline.ts';
import { renderFailures } from './runtime/authoring/render-failure.ts';
import type { InputPort, NodeDefinition, NodeRegistry, OutputPort } from './runtime/contracts/define.ts';
import type { OutputsRef } from './runtime/contracts/events.ts';
import type { Failure } from './runtime/contracts/failure.ts';
import type { Graph, Step } from './runtime/contracts/graph.ts';
import { runGraph } from './runtime/engine/run.ts';
import { localExecutors } from './runtime/workers/local-executors.ts';
import { checkDefinition } from './runtime/modules/check-definition.ts';
import { readManifest } from './runtime/store/manifest.ts';
import { openStore } from './runtime/store/open-store.ts';
import type { Store } from './runtime/store/store.ts';

export interface CheckNodeOptions {
  /** Folder to which file names in the examples are relative. Default: the current folder. */
  readonly folder?: string;
  /** Other node types that the examples use. The list `nodes:` in an example is ignored. */
  readonly nodes?: readonly unknown[];
}

/**
 * Checks a node type against its contract:
 * - `type`, `version`, ports and kinds are valid, and the node type, its parameters and ports are documented in
 * sentences;
 * - there are examples, and each uses the node type;
 * - every example runs, in this process and in a temporary cache, and gives outputs of the declared kinds;
 * - a second run, in another cache, gives the same bytes and leaves no further tensors behind.
 * @throws Error that lists every check that failed
 */
export async function checkNode<
  P extends TObject,
  I extends Readonly<Record<string, InputPort>>,
  O extends Readonly<Record<string, OutputPort>>,
>(definition: NodeDefinition<P, I, O>, options: CheckNodeOptions = {}): Promise<void> {
  const node = definition as unknown as NodeDefinition;
  const mistakes = checkDefinition(node, { name: node.type, file: '' }).map(({ headline }) => headline);
  if (mistakes.length === 0) {
    mistakes.push(...undocumented(node));
    if (node.examples.length === 0) mistakes.push('there are no "examples"');
    for (const [index, example] of node.examples.entries()) {
      const found = await checkExample(node, example, options);
      mistakes.push(...found.map((mistake) => `example ${index + 1}: ${mistake}`));
    }
  }
  if (mistakes.length === 0) return;
  throw new Error(`the node type ${node.type} breaks its contract:\n${mistakes.map((text) => `- ${text}`).join('\n')}`);
}

/** Pattern of a text of at least nine characters that ends like a sentence. */
const SENTENCE = /^.{8,}[.)`]$/s;

function undocumented({ doc, params, inputs, outputs }: NodeDefinition): readonly string[] {
  const texts: readonly (readonly [string, string | undefined])[] = [
    ['the "doc" of the node type', doc],
    ...Object.entries(params.properties).map(
      ([name, schema]) => [`the description of the parameter ${name}`, schema.description] as const,
    ),
    ...Object.entries({ ...inputs, ...outputs }).map(
      ([name, port]) => [`the "doc" of the port ${name}`, port.doc] as const,
    ),
  ];
  return texts.flatMap(([what, text]) => (SENTENCE.test(text ?? '') ? [] : [`${what} is not a sentence: ${text}`]));
}

async function checkExample(
  node: NodeDefinition,
  example: string,
  { folder = '.', nodes = [] }: CheckNodeOptions,
): Promise<readonly string[]> {
  const types = extended([node, ...(nodes as readonly NodeDefinition[])]);
  let graph: Graph;
  try {
    const pipeline = { ...(parse(example) as Pipeline), nodes: [] };
    const linked = await linkPipeline(pipeline, types, { folder });
    if (!linked.ok) return linked.failures.map(describe);
    graph = { ...linked.value, steps: linked.value.steps.map(inThisProcess) };
  } catch (error) {
    return [`it cannot be read: ${(error as Error).message}`];
  }
  if (!graph.steps.some((step) => step.node === node.type)) return [`no step uses ${node.type}`];
  const first = await runOnce(graph, types);
  if (first.mistakes.length > 0) return first.mistakes;
  const before = tensorsNow();
  const second = await runOnce(graph, types);
  if (second.mistakes.length > 0) return second.mistakes.map((mistake) => `in a second run: ${mistake}`);
  const left = tensorsNow() - before;
  return [
    ...(left === 0 ? [] : [`it does not dispose of its tensors: a second run leaves ${left} more`]),
    ...Object.keys(first.outputs)
      .filter((step) => digestsOf(first.outputs[step]) !== digestsOf(second.outputs[step]))
      .map(
        (step) => `two runs give different outputs of ${step}: results may depend on inputs, params and the seed only`,
      ),
  ];
}

/** Returns a registry with the built-in node types and `others`, which take precedence for equal names. */
function extended(others: readonly NodeDefinition[]): NodeRegistry {
  const own = new Map(others.map((node) => [node.type, node]));
  return {
    types: [...new Set([...registry.types, ...own.keys()])],
    load: async (type) => own.get(type) ?? (await registry.load(type)),
  };
}

/** Marks a step as light, so that it runs in this process, where its tensors can be counted. */
const inThisProcess = (step: Step): Step => ({ ...step, light: true });

interface Ran {
  readonly mistakes: readonly string[];
  /** Outputs by step. */
  readonly outputs: Readonly<Record<string, OutputsRef>>;
}

/** Runs a graph in a temporary cache, which is removed afterwards. */
async function runOnce(graph: Graph, types: NodeRegistry): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-check-node-'));
  try {
    const opened = await openStore(folder);
    if (!opened.ok) return { mistakes: opened.failures.map(describe), outputs: {} };
    try {
      const ran = await runGraph(graph, opened.value, {
        executors: localExecutors({ store: opened.value, registry: types, workerModule: '', backend: undefined }),
        jobs: 1,
        onEvent: () => undefined,
      });
      const failures = ran.ok ? ran.value.failures : ran.failures;
      if (!ran.ok || failures.length > 0) return { mistakes: failures.map(describe), outputs: {} };
      return { mistakes: await wrongKinds(graph, opened.value, ran.value.outputs), outputs: ran.value.outputs };
    } finally {
      await opened.value.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function wrongKinds(graph: Graph, store: Store, outputs: Ran['outputs']): Promise<readonly string[]> {
  const mistakes: string[] = [];
  for (const { name, outputs: declared } of graph.steps) {
    const ref = outputs[name];
    for (const [index, [output, kind]] of Object.entries(declared).entries()) {
      const digest = index === 0 ? ref?.digest : ref?.others?.[output]?.digest;
      const found = digest === undefined ? 'missing' : (await readManifest(store, digest)).kind;
      if (found !== kind) mistakes.push(`the output ${output} of ${name} is ${found}, declared ${kind}`);
    }
  }
  return mistakes;
}

function digestsOf(ref: OutputsRef | undefined): string {
  return [ref, ...Object.values(ref?.others ?? {})].map((one) => one?.digest ?? '').join();
}

const describe = (failure: Failure): string => renderFailures([failure], { color: false }).trim();

/**
 * Number of tensors in this process, read from the global variable of tfjs-core, because counting must not load the
 * library.
 */
function tensorsNow(): number {
  const { _tfengine } = globalThis as { readonly _tfengine?: { readonly state: { readonly numTensors: number } } };
  return _tfengine?.state.numTensors ?? 0;
}
