// The secondary entry points of the package, from its tarball: `lethe/kinds` and `lethe/testing`, for the compiler and
// for Node.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
let folder: string;

/** Unpacks the tarball as a package of a project, with the dependencies of this project. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lethe-entries-'));
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, '--loglevel=error'], { cwd: root });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  const target = join(folder, 'node_modules', 'lethe');
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, tarball), '-C', target, '--strip-components=1']);
  symlinkSync(join(root, 'node_modules'), join(target, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  writeFileSync(join(folder, 'mean-pixel.ts'), NODE);
  writeFileSync(join(folder, 'pipeline.yaml'), PIPELINE);
  writeFileSync(join(folder, 'test.ts'), TEST);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('have types', () => {
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck'];
  const imports = ['--allowImportingTsExtensions', '--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const compile = (...files: readonly string[]): string => {
    try {
      return execFileSync(process.execPath, [tsc, ...options, ...imports, ...files], { cwd: folder, encoding: 'utf8' });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };
  expect(compile('mean-pixel.ts', 'test.ts')).toBe('');
  writeFileSync(join(folder, 'foreseen.ts'), FORESEEN);
  expect(compile('foreseen.ts')).toBe('');
  writeFileSync(
    join(folder, 'wrong.ts'),
    "import { datasetKind } from 'lethe/kinds';\nexport const n: number = datasetKind;\n",
  );
  expect(compile('wrong.ts')).toContain("is not assignable to type 'number'");
});

it('run: a user checks a node type on a built-in kind, runs it, and reads its rows', () => {
  const node = (code: string): string =>
    execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: folder, encoding: 'utf8' });
  const bundled = join(folder, 'test.mjs');
  const esbuild = join(root, 'node_modules/esbuild/bin/esbuild');
  execFileSync(esbuild, ['test.ts', '--bundle', '--packages=external', '--format=esm', `--outfile=${bundled}`], {
    cwd: folder,
    stdio: 'pipe',
  });
  expect(node(`await import(${JSON.stringify(bundled)})`)).toBe('checked\n');
  const rows = JSON.parse(node(PROGRAM)) as { index: number; mean: number }[];
  expect(rows.map(({ index }) => index)).toEqual([0, 1, 2]);
  for (const { mean } of rows) expect(mean).toBeGreaterThan(0);
});

const NODE = `import { defineKind, defineNode, Type } from 'lethe';
import { datasetKind } from 'lethe/kinds';

const meansKind = defineKind({
  name: 'mean-pixels',
  doc: 'Mean pixels of images.',
  codec: 'table',
  columns: {
    image: { type: 'utf8', doc: 'Digest of the pixels.' },
    index: { type: 'int32', doc: 'Position in the data set.' },
    mean: { type: 'float64', unit: '1', doc: 'Mean of the pixels.' },
  },
});

export const meanPixel = defineNode({
  type: 'mean-pixel',
  version: 1,
  doc: 'Measures the mean pixel of images.',
  params: Type.Object({}),
  inputs: { data: { kind: datasetKind, perItem: true, doc: 'The images.' } },
  outputs: { table: { kind: meansKind, doc: 'One row per image.' } },
  examples: [
    \`pipeline: mean-pixel
steps:
  images: { use: make-shapes, with: { count: 3, size: 16 } }
  means: { use: mean-pixel, from: { data: images } }
\`,
  ],
  items: {
    over: 'data',
    batch: 10,
    async run({ items, emit }) {
      for (const item of items) {
        const pixels = await item.inputs['data']!.bytes();
        await emit(item, [{ image: item.id, mean: pixels.reduce((sum, pixel) => sum + pixel, 0) / pixels.length }]);
      }
    },
  },
});
`;

/** A node type that gives a network whose layers are known beforehand, and one that asks for them. */
const FORESEEN = `import { defineNode, Type } from 'lethe';
import { foreseenNetwork, networkKind, type ForeseenNetwork } from 'lethe/kinds';

const foreseen: ForeseenNetwork = { architecture: 'mine', layers: [{ name: 'fc' }], aliases: { logits: 'fc' } };

export const relabel = defineNode({
  type: 'relabel',
  version: 1,
  doc: 'Hands a network on.',
  params: Type.Object({}),
  inputs: { network: { kind: networkKind, doc: 'The network.' } },
  outputs: { network: { kind: networkKind, doc: 'The same network.', foresee: () => foreseen } },
  examples: [],
  check: ({ inputs }) =>
    foreseenNetwork(inputs.network)?.layers.length === 0 ? [{ port: 'network', headline: 'there are no layers' }] : [],
  run: async ({ inputs, json }) => ({ network: await json(networkKind, await inputs.network.value()) }),
});
`;

const PIPELINE = `pipeline: mean-pixel
nodes: [./mean-pixel.ts]
steps:
  images: { use: make-shapes, with: { count: 3, size: 16 } }
  means: { use: mean-pixel, from: { data: images } }
`;

const TEST = `import { checkNode } from 'lethe/testing';
import { meanPixel } from './mean-pixel.ts';
await checkNode(meanPixel);
console.log('checked');
`;

const PROGRAM = `import { runPipeline } from 'lethe';
const run = await runPipeline('pipeline.yaml', { cache: 'cache', jobs: 1 });
if (!run.ok || run.value.failures.length > 0) throw new Error(JSON.stringify(run));
const rows = await run.value.rows('means');
await run.value.close();
console.log(JSON.stringify(rows));
`;
