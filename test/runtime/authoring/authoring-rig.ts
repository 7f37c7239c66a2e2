// Helpers for the tests of authoring: small node types, pipelines as text, failures as the user sees them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { afterEach } from 'vitest';
import { defineKind } from '../../../src/runtime/contracts/artifact.ts';
import { defineNode } from '../../../src/runtime/contracts/define.ts';
import type { NodeDefinition, NodeRegistry } from '../../../src/runtime/contracts/define.ts';
import type { Graph } from '../../../src/runtime/contracts/graph.ts';
import { loadGraph } from '../../../src/runtime/authoring/load-graph.ts';
import type { LoadOptions } from '../../../src/runtime/authoring/load-graph.ts';
import { renderFailures } from '../../../src/runtime/authoring/render-failure.ts';

const dataset = defineKind({ name: 'dataset', doc: 'Images.', codec: 'json' });
const network = defineKind({ name: 'network', doc: 'A network.', codec: 'json' });
const tap = defineKind({ name: 'tap', doc: 'A tap.', codec: 'json' });
const table = defineKind({
  name: 'measure',
  doc: 'Numbers.',
  codec: 'table',
  columns: { sid: { type: 'float64', doc: 'SID.' } },
});
const report = defineKind({ name: 'report', doc: 'Text.', codec: 'json' });

const never = (): never => {
  throw new Error('no test of authoring runs a node');
};

export const readImages = defineNode({
  type: 'read-images',
  version: 2,
  doc: 'Reads images.\n\nFrom files.',
  params: Type.Object(
    {
      format: Type.Union([Type.Literal('cifar10'), Type.Literal('folder')], { description: 'Layout of the files.' }),
      folder: Type.Optional(Type.String()),
      files: Type.Optional(Type.Array(Type.String({ file: { within: 'folder' } }), { minItems: 1 })),
      limit: Type.Integer({ minimum: 1, default: 10, description: 'How many images to take.' }),
      noise: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
      crop: Type.Optional(
        Type.Object({ width: Type.Integer({ minimum: 1 }), height: Type.Integer() }, { additionalProperties: false }),
      ),
      seed: Type.Union([Type.String(), Type.Integer()], { default: 0 }),
    },
    { additionalProperties: false },
  ),
  inputs: {},
  outputs: { data: { kind: dataset, doc: 'The images.' } },
  examples: [],
  light: true,
  run: never,
});

const readModel = defineNode({
  type: 'read-model',
  version: 1,
  doc: 'Reads a network.',
  params: Type.Object({
    architecture: Type.String(),
    weights: Type.Optional(Type.String({ file: true })),
    fold: Type.Boolean({ default: true }),
  }),
  inputs: {},
  outputs: { model: { kind: network, doc: 'The network.' }, notes: { kind: report, doc: 'Remarks.' } },
  examples: [],
  run: never,
});

const cut = defineNode({
  type: 'cut',
  version: 1,
  doc: 'Cuts a network at a layer.',
  params: Type.Object({ layer: Type.String() }),
  inputs: { model: { kind: network, doc: 'The network.' } },
  outputs: { tap: { kind: tap, doc: 'The tap.' } },
  examples: [],
  light: true,
  timeout: 60,
  run: never,
});

const measure = defineNode({
  type: 'measure',
  version: 1,
  doc: 'Measures a tap on images.',
  params: Type.Object({
    alpha: Type.Number({ minimum: 0, default: 1.5e-4 }),
    per: Type.Union([Type.Literal('image'), Type.Literal('dataset')], { default: 'image' }),
  }),
  inputs: {
    tap: { kind: tap, doc: 'The tap.' },
    data: { kind: dataset, perItem: true, doc: 'The images.' },
    reference: { kind: dataset, optional: true, doc: 'Other images.' },
  },
  outputs: { values: { kind: table, doc: 'One row per image.' } },
  examples: [],
  items: { over: (params) => (params.per === 'image' ? 'data' : 'reference'), batch: 8, run: never },
});

const collect = defineNode({
  type: 'collect',
  version: 1,
  doc: 'Collects measurements.',
  params: Type.Object({ by: Type.String({ default: 'layer' }) }),
  inputs: {
    tables: { kind: [table, report], many: true, doc: 'Measurements.' },
    model: { kind: network, optional: true, doc: 'One network.' },
  },
  outputs: { report: { kind: report, doc: 'Text.' } },
  examples: [],
  light: true,
  run: never,
});

export const definitions: readonly NodeDefinition[] = [
  readImages,
  readModel,
  cut,
  measure,
  collect,
] as unknown as readonly NodeDefinition[];

/** A registry that records which types are loaded. */
export function memoryRegistry(loaded: string[] = []): NodeRegistry {
  return {
    types: definitions.map(({ type }) => type),
    load: async (type) => {
      loaded.push(type);
      const found = definitions.find((definition) => definition.type === type);
      if (found === undefined) throw new Error(`no node type ${type}`);
      return found;
    },
  };
}

export const registry = memoryRegistry();

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Creates a temporary folder with files, which is removed after the test. */
export function project(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-authoring-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

type Options = Partial<LoadOptions> & { readonly files?: Readonly<Record<string, string | Uint8Array>> };

/** Graph of a pipeline without mistakes. */
export async function graphOf(text: string, { files = {}, ...options }: Options = {}): Promise<Graph> {
  const folder = project({ 'p.yaml': text, ...files });
  const graph = await loadGraph({ file: join(folder, 'p.yaml'), registry, ...options });
  if (!graph.ok) throw new Error(renderFailures(graph.failures, { folder }));
  return graph.value;
}

/** Text that the user reads about a pipeline with mistakes. The project folder is replaced by PROJECT. */
export async function mistakesOf(text: string | Uint8Array, { files = {}, ...options }: Options = {}): Promise<string> {
  const folder = project({ 'p.yaml': text, ...files });
  const graph = await loadGraph({ file: join(folder, 'p.yaml'), registry, ...options });
  if (graph.ok) throw new Error('the pipeline has no mistakes');
  return renderFailures(graph.failures, { folder }).replaceAll(folder, 'PROJECT');
}
