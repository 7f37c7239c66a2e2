// The package works from its tarball: in an empty folder, install it, `npx lethe init`, `npx lethe run`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lethe-package-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('is packed, installed, initialised and run, from YAML and from a program', { timeout: 400_000 }, () => {
  const env: NodeJS.ProcessEnv = { ...process.env };
  delete env['LETHE_CACHE'];
  const run = (file: string, ...args: readonly string[]): string =>
    execFileSync(file, args, { cwd: folder, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, '--loglevel=error'], { cwd: root });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  run('npm', 'init', '-y');
  run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', join(folder, tarball));
  expect(run('npx', 'lethe', 'init', 'study')).toContain('next: cd study && lethe run pipeline.yaml');
  const first = run('npx', 'lethe', 'run', 'study/pipeline.yaml');
  expect(first).toMatch(/conv1 .*█/);
  expect(run('npx', 'lethe', 'run', 'study/pipeline.yaml')).toContain('nothing to compute');
  expect(readdirSync(join(folder, 'study'))).toContain('cache');
  for (const [name, text] of Object.entries(PROGRAM)) writeFileSync(join(folder, name), text);
  const rows = JSON.parse(run('node', 'program.mjs')) as Readonly<Record<string, readonly Record<string, unknown>[]>>;
  expect(rows['squares']).toEqual([
    { number: 2, square: 4 },
    { number: 3, square: 9 },
  ]);
  expect(rows['starter']?.map(({ layer }) => layer)).toEqual(['conv1', 'layer2', 'fc']);
  // The rows equal those that the command line printed of the same table, to the printed digits.
  for (const { layer, sid } of rows['starter'] ?? []) {
    const printed = new RegExp(`^${String(layer)} +(-?\\d+\\.(\\d+)) `, 'm').exec(first);
    expect((sid as number).toFixed(printed?.[2]?.length)).toBe(printed?.[1]);
  }
});

/** A program with its own node type; it prints the rows of its table. */
const PROGRAM = {
  'squares.ts': `import { defineKind, defineNode, Type } from 'lethe';
import { createRequire } from 'node:module';
const { offset } = createRequire(import.meta.url)('./offset.json') as { offset: number };
const squares = defineKind({
  name: 'squares',
  doc: 'Squares of numbers.',
  codec: 'table',
  columns: { number: { type: 'int32', doc: 'A number.' }, square: { type: 'int32', doc: 'Its square.' } },
});
export const square = defineNode({
  type: 'square',
  version: 1,
  doc: 'Squares numbers.',
  params: Type.Object({ numbers: Type.Array(Type.Integer()) }),
  inputs: {},
  outputs: { squares: { kind: squares, doc: 'A row per number.' } },
  examples: [],
  run: async ({ params, table }) => {
    const numbers = params.numbers.map((number) => number + offset);
    return { squares: await table(squares, numbers.map((number) => ({ number, square: number * number }))) };
  },
});
`,
  'offset.json': '{ "offset": 1 }',
  'program.mjs': `import { definePipeline, runPipeline } from 'lethe';
const pipeline = definePipeline({
  pipeline: 'from-code',
  nodes: ['./squares.ts'],
  steps: { squares: { use: 'square', with: { numbers: [1, 2] } } },
});
async function rowsOf(pipeline, step, cache, computed) {
  const run = await runPipeline(pipeline, cache);
  if (!run.ok) throw new Error(JSON.stringify(run.failures));
  if (run.value.finished.computed !== computed) throw new Error('computed ' + run.value.finished.computed);
  const rows = await run.value.rows(step);
  await run.value.close();
  return rows;
}
await rowsOf(pipeline, 'squares', { cache: 'code-cache' }, 1);
const squares = await rowsOf(pipeline, 'squares', { cache: 'code-cache' }, 0);
const starter = await rowsOf('study/pipeline.yaml', 'table', {}, 0);
console.log(JSON.stringify({ squares, starter }));
`,
};
