// Loading a pipeline twice: when a cached graph is used and when not. Also, which edits change a graph.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { FailureError } from '../../../src/runtime/contracts/failure.ts';
import type { Graph } from '../../../src/runtime/contracts/graph.ts';
import type { GraphMemo, LoadOptions } from '../../../src/runtime/authoring/load-graph.ts';
import { loadGraph } from '../../../src/runtime/authoring/load-graph.ts';
import { graphOf, memoryRegistry, project } from './authoring-rig.ts';

const TEXT = `pipeline: p
params: { images: 3 }
steps:
  data: { use: read-images, with: { format: cifar10, files: [a.bin], limit: { $param: images } } }
  model: { use: read-model, each: { architecture: [a, b] } }
  tap: { use: cut, from: { model: model }, each: { layer: [c, d] }, timeout: 3 }
  sigma: { use: measure, from: { tap: tap, data: data } }
  all: { use: collect, from: { tables: [sigma, model.notes] } }
`;

/** A cache of graphs as in a store: values are converted to JSON. */
function jsonMemo(): GraphMemo & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    entries,
    get: (id) => (entries.has(id) ? (JSON.parse(entries.get(id) ?? '') as unknown) : undefined),
    set: async (id, value) => void entries.set(id, JSON.stringify(value)),
  };
}

/** Loads a graph, and lists the node types that were loaded for it. */
async function load(options: Omit<LoadOptions, 'registry'>): Promise<{ graph: Graph; loaded: readonly string[] }> {
  const loaded: string[] = [];
  const graph = await loadGraph({ ...options, registry: memoryRegistry(loaded) });
  if (!graph.ok) throw new Error(JSON.stringify(graph.failures));
  return { graph: graph.value, loaded };
}

describe('the cache of linked graphs', () => {
  test('gives the same graph without loading a node type', async () => {
    const memo = jsonMemo();
    const file = join(project({ 'p.yaml': TEXT, 'a.bin': '' }), 'p.yaml');
    const first = await load({ file, memo });
    const second = await load({ file, memo });
    expect(first.loaded).not.toEqual([]);
    expect(second.loaded).toEqual([]);
    expect(second.graph).toEqual(first.graph);
    expect(memo.entries.size).toBe(1);
  });
  test('is not used for another text, other parameters, or a file of parameters', async () => {
    const memo = jsonMemo();
    const folder = project({ 'p.yaml': TEXT, 'a.bin': '', 'more.yaml': 'images: 4\n' });
    const file = join(folder, 'p.yaml');
    await load({ file, memo });
    expect((await load({ file, memo, params: { images: '5' } })).graph.params).toEqual({ images: 5 });
    expect((await load({ file, memo, paramsFile: join(folder, 'more.yaml') })).graph.params).toEqual({ images: 4 });
    writeFileSync(join(folder, 'more.yaml'), 'images: 6\n');
    expect((await load({ file, memo, paramsFile: join(folder, 'more.yaml') })).graph.params).toEqual({ images: 6 });
    appendFileSync(file, '# a comment\n');
    expect((await load({ file, memo })).loaded).not.toEqual([]);
    expect((await load({ file, memo })).loaded).toEqual([]);
  });
  test('notices a file that is gone, and one that appears where it was looked for first', async () => {
    const memo = jsonMemo();
    const folder = project({ 'package.json': '{}', 'a.bin': '' });
    mkdirSync(join(folder, 'sub'));
    const file = join(folder, 'sub', 'p.yaml');
    writeFileSync(file, TEXT);
    expect((await load({ file, memo })).graph.steps[0]?.files[0]?.path).toBe(join(folder, 'a.bin'));
    writeFileSync(join(folder, 'sub', 'a.bin'), '');
    expect((await load({ file, memo })).graph.steps[0]?.files[0]?.path).toBe(join(folder, 'sub', 'a.bin'));
    rmSync(join(folder, 'sub', 'a.bin'));
    rmSync(join(folder, 'a.bin'));
    expect(await loadGraph({ file, memo, registry: memoryRegistry() })).toMatchObject({
      failures: [{ reason: 'missing-file' }],
    });
  });
  test('notices an edit of a node file of the user, but not a touch', async () => {
    const memo = jsonMemo();
    const node = (doc: string): string =>
      `import { defineKind, defineNode, Type } from 'lethe';\nimport { two } from './lib/two.ts';\nconst value = defineKind({ name: 'value', doc: 'V', codec: 'json' });\n` +
      `export const own = defineNode({ type: 'own', version: two, doc: '${doc}', params: Type.Object({}), inputs: {}, outputs: { v: { kind: value, doc: 'V' } }, examples: [], run: async () => { throw 1 } });\n`;
    const folder = project({
      'p.yaml': 'pipeline: p\nnodes: [./own.ts]\nsteps: { a: { use: own } }\n',
      'own.ts': node('One.'),
      'lib/two.ts': 'export const two: number = 2;\n',
    });
    const file = join(folder, 'p.yaml');
    const first = await load({ file, memo });
    expect(first.graph.modules).toEqual([
      { path: join(folder, 'own.ts'), files: [join(folder, 'lib/two.ts'), join(folder, 'own.ts')], types: ['own'] },
    ]);
    expect(first.graph.steps[0]).toMatchObject({ node: 'own', module: 0, version: 2 });
    utimesSync(join(folder, 'lib/two.ts'), 1, 1);
    expect((await load({ file, memo })).graph).toEqual(first.graph);
    writeFileSync(join(folder, 'lib/two.ts'), 'export const two: number = 3;\n');
    expect((await load({ file, memo })).graph.steps[0]).toMatchObject({ version: 3 });
    renameSync(join(folder, 'own.ts'), join(folder, 'gone.ts'));
    expect(await loadGraph({ file, memo, registry: memoryRegistry() })).toMatchObject({
      failures: [{ reason: 'missing-file' }],
    });
  });
  test('does not matter if it cannot be written', async () => {
    const file = join(project({ 'p.yaml': TEXT, 'a.bin': '' }), 'p.yaml');
    const set = (): Promise<void> =>
      Promise.reject(new FailureError({ reason: 'disk-full', headline: 'the disk is full' }));
    expect((await load({ file, memo: { get: () => undefined, set } })).graph.steps).toHaveLength(12);
  });
  test('a cached graph is loaded without the YAML parser, the schema validator, TypeBox and esbuild', () => {
    const root = join(import.meta.dirname, '..', '..', '..');
    // an anchor requires the full parser
    const pipeline =
      'pipeline: p\nsteps:\n  a: { use: constant, each: { value: &v [1, 2] } }\n  b: { use: collect-values, from: { values: a } }\n';
    const folder = project({ 'p.yaml': pipeline });
    // A separate process with the real node types. Packages are not bundled, so V8's coverage shows which ones are
    // loaded.
    const contents = `
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { loadGraph } from './src/runtime/authoring/load-graph.ts';
import { registry } from './src/registry.ts';
const [, , file, path] = process.argv;
const memo = {
  get: (id) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8'))[id] : undefined),
  set: async (id, value) => writeFileSync(path, JSON.stringify({ [id]: value })),
};
console.log((await loadGraph({ file, registry, memo })).value.steps.length);
`;
    const outdir = join(root, 'dist', `test-load-graph-${process.pid}`);
    const run = (coverage: string): string[] => {
      const env = { ...process.env, NODE_V8_COVERAGE: join(folder, coverage) };
      const output = execFileSync(
        process.execPath,
        [join(outdir, 'main.js'), join(folder, 'p.yaml'), join(folder, 'memo.json')],
        { encoding: 'utf8', env },
      );
      expect(output).toBe('3\n');
      const [report = ''] = readdirSync(join(folder, coverage));
      const { result } = JSON.parse(readFileSync(join(folder, coverage, report), 'utf8')) as {
        result: { url: string }[];
      };
      const packages = result.flatMap(({ url }) => /node_modules\/((?:@[^/]+\/)?[^./][^/]*)/.exec(url)?.[1] ?? []);
      return [...new Set(packages)].sort();
    };
    try {
      buildSync({
        stdin: { contents, resolveDir: root, loader: 'ts', sourcefile: 'main.ts' },
        outdir,
        entryNames: 'main',
        bundle: true,
        splitting: true,
        format: 'esm',
        platform: 'node',
        packages: 'external',
        logLevel: 'error',
      });
      expect(run('first')).toEqual(expect.arrayContaining(['@sinclair/typebox', 'ajv', 'yaml']));
      expect(run('second')).toEqual([]);
    } finally {
      rmSync(outdir, { recursive: true, force: true });
    }
  });
});

describe('notation does not change the graph', () => {
  const value = {
    pipeline: 'p',
    params: { images: 3 },
    steps: {
      data: {
        use: 'read-images',
        with: { format: 'folder', limit: { $param: 'images' }, crop: { width: 1, height: 2 }, noise: 0.5 },
      },
      model: { use: 'read-model', with: { architecture: 'a', fold: true } },
      sigma: { use: 'measure', from: { tap: 'tap', data: 'data' }, with: { alpha: 0.001, per: 'image' } },
      tap: { use: 'cut', from: { model: 'model' }, with: { layer: 'c' }, timeout: 3 },
    },
  };
  /** Steps by name, without their line numbers. */
  const essence = (graph: Graph): unknown => ({
    ...graph,
    file: '',
    steps: Object.fromEntries(graph.steps.map((step) => [step.name, { ...step, line: 0 }])),
  });
  type Shuffled = (value: unknown) => unknown;
  const shuffle = (order: readonly number[]): Shuffled => {
    let at = 0;
    const visit: Shuffled = (one) => {
      if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
      const keyed = Object.entries(one).map(([name, inner]): [number, string, unknown] => [
        order[at++ % order.length] ?? 0,
        name,
        visit(inner),
      ]);
      return Object.fromEntries(keyed.sort(([a], [b]) => a - b).map(([, name, inner]) => [name, inner]));
    };
    return visit;
  };
  test('order of keys, block or flow style, quotes, indentation, comments', async () => {
    const reference = essence(await graphOf(stringify(value)));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 7, maxLength: 30 }),
        fc.record({
          indent: fc.integer({ min: 1, max: 8 }),
          collectionStyle: fc.constantFrom('any' as const, 'block' as const, 'flow' as const),
          defaultKeyType: fc.constantFrom('PLAIN' as const, 'QUOTE_DOUBLE' as const, 'QUOTE_SINGLE' as const),
          defaultStringType: fc.constantFrom('PLAIN' as const, 'QUOTE_DOUBLE' as const, 'QUOTE_SINGLE' as const),
          lineWidth: fc.constantFrom(0, 20, 80),
        }),
        fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, ' ')),
        async (order, style, comment) => {
          const text = `# ${comment}\n---\n${stringify(shuffle(order)(value), style)}\n# ${comment}\n`;
          expect(essence(await graphOf(text))).toEqual(reference);
        },
      ),
      { numRuns: 40 },
    );
  });
  test('any other value changes it', async () => {
    const reference = essence(await graphOf(stringify(value)));
    const changes = [
      ['0.5', '0.25'],
      ['images: 3', 'images: 4'],
      ['layer: c', 'layer: d'],
      ['pipeline: p', 'pipeline: q'],
      ['timeout: 3', 'timeout: 4'],
      ['fold: true', 'fold: false'],
    ] as const;
    const text = stringify(value);
    for (const [from, to] of changes) {
      expect(text).toContain(from);
      expect(essence(await graphOf(text.replace(from, to)))).not.toEqual(reference);
    }
  });
});
