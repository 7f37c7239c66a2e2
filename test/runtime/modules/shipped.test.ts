// Users' node files, as loaded by the built package (dist/): they see their own location, and give the same results
// twice.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const LETHE = new URL('../../../dist/index.js', import.meta.url).href;

let folder: string;
beforeEach(() => {
  // spaces, brackets and letters that a URL has to encode
  folder = join(realpathSync(mkdtempSync(join(tmpdir(), 'lethe-shipped-'))), 'my study (ä), 50%25 #1');
});
afterEach(() => rmSync(dirname(folder), { recursive: true, force: true }));

/** Rows of the step `facts`, each time computed by a new program that imports the built package. */
function factsOf(files: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  for (const [name, text] of Object.entries({ ...files, 'p.yaml': PIPELINE, 'program.mjs': PROGRAM })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const run = (): string =>
    execFileSync(process.execPath, ['program.mjs'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  const first = run();
  expect(run()).toBe(first);
  const rows = JSON.parse(first) as readonly { readonly name: string; readonly value: string }[];
  return rows.map(({ name, value }) => [name, value]);
}

const PIPELINE = 'pipeline: p\nnodes: [./nodes/facts.ts]\nsteps:\n  facts: { use: facts }\n';
const PROGRAM = `import { runPipeline } from ${JSON.stringify(LETHE)};
const run = await runPipeline('p.yaml', { cache: 'cache', force: ['facts'] });
if (!run.ok) throw new Error(JSON.stringify(run.failures));
if (run.value.finished.computed !== 1) throw new Error(JSON.stringify(run.value.failures));
console.log(JSON.stringify(await run.value.rows('facts')));
await run.value.close();
`;

/**
 * A node file with one node that lists values: `begin` is code before it, `facts` are expressions for texts by name.
 */
function nodeOf(begin: string, facts: Readonly<Record<string, string>>): string {
  const rows = Object.entries(facts).map(([name, text]) => `{ name: ${JSON.stringify(name)}, value: String(${text}) }`);
  return `${begin}
import { defineKind, defineNode, Type } from 'lethe';
const facts = defineKind({ name: 'facts', doc: 'F', codec: 'table',
  columns: { name: { type: 'utf8', doc: 'N' }, value: { type: 'utf8', doc: 'V' } } });
export const node = defineNode({ type: 'facts', version: 1, doc: 'D', params: Type.Object({}), inputs: {},
  outputs: { facts: { kind: facts, doc: 'F' } }, examples: [],
  run: async ({ table }) => ({ facts: await table(facts, [${rows.join(', ')}]) }),
});
`;
}

it('finds files beside itself, and sees its own location in every way that Node offers', () => {
  const begin = `import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import settings from './settings.json' with { type: 'json' };
import { helped, where } from './lib/helper.ts';
import { here } from './lib/old.cjs';
const require = createRequire(import.meta.url);
const { url } = import.meta;
const list = JSON.parse(readFileSync(new URL('./table.json', import.meta.url), 'utf8'));`;
  const facts = {
    'import.meta.url': 'import.meta.url',
    'taken apart': 'url',
    dirname: 'import.meta.dirname',
    filename: 'import.meta.filename',
    resolved: "import.meta.resolve('./x.js')",
    builtin: "import.meta.resolve('fs')",
    table: 'list.rows',
    required: "require('./table.json').rows",
    imported: 'settings.limit',
    helper: 'helped',
    'of the helper': 'where',
    'of CommonJS': 'here.join()',
    words: "'import.meta.url and __dirname'",
  };
  const files = {
    'nodes/facts.ts': nodeOf(begin, facts),
    'nodes/table.json': '{ "rows": 3 }',
    'nodes/settings.json': '{ "limit": 100 }',
    'nodes/lib/helper.ts': `import { readFileSync } from 'node:fs';
export const helped = readFileSync(new URL('asset.txt', import.meta.url), 'utf8');
export const where = import.meta.url;
`,
    'nodes/lib/asset.txt': 'beside the helper',
    'nodes/lib/old.cjs': `#!/usr/bin/env node
'use strict';
const { readFileSync } = require('node:fs');
exports.here = [__dirname, __filename, require.resolve('./asset.txt'), readFileSync(__dirname + '/asset.txt', 'utf8')];
`,
  };
  const file = join(folder, 'nodes', 'facts.ts');
  const lib = join(folder, 'nodes', 'lib');
  expect(Object.fromEntries(factsOf(files))).toEqual({
    'import.meta.url': pathToFileURL(file).href,
    'taken apart': pathToFileURL(file).href,
    dirname: dirname(file),
    filename: file,
    resolved: pathToFileURL(join(folder, 'nodes', 'x.js')).href,
    builtin: 'node:fs',
    table: '3',
    required: '3',
    imported: '100',
    helper: 'beside the helper',
    'of the helper': pathToFileURL(join(lib, 'helper.ts')).href,
    'of CommonJS': [lib, join(lib, 'old.cjs'), join(lib, 'asset.txt'), 'beside the helper'].join(),
    words: 'import.meta.url and __dirname',
  });
});

it('may be TypeScript that is written like CommonJS', () => {
  const begin = "import { join } from 'node:path';\nconst beside = join(__dirname, 'x.txt');";
  expect(factsOf({ 'nodes/facts.ts': nodeOf(begin, { beside: 'beside', file: '__filename' }) })).toEqual([
    ['beside', join(folder, 'nodes', 'x.txt')],
    ['file', join(folder, 'nodes', 'facts.ts')],
  ]);
});

it('names lines of the user and nothing of Node where a node throws', () => {
  const begin = "import { broken } from './lib/broken.ts';";
  const broken = `// a comment\nexport function broken(): string {\n  return JSON.parse('no JSON') as string;\n}\n`;
  const files = { 'nodes/facts.ts': nodeOf(begin, { broken: 'broken()' }), 'nodes/lib/broken.ts': broken };
  const failed = /Error: (\[.*\])/.exec(attempt(() => factsOf(files)))?.[1] ?? '[]';
  const [failure] = JSON.parse(failed) as readonly { reason: string; data: { at: string[] } }[];
  expect(failure).toMatchObject({ reason: 'node-threw' });
  expect(failure?.data.at.map((place) => place.replace(/:\d+$/, ''))).toEqual([
    `${join(folder, 'nodes', 'lib', 'broken.ts')}:3`,
    `${join(folder, 'nodes', 'facts.ts')}:7`,
  ]);
});

const attempt = (work: () => unknown): string => {
  try {
    return String(work());
  } catch (error) {
    return String((error as { stderr?: string }).stderr);
  }
};

it('lies where the package says: dist/ knows its own folders', () => {
  const version = execFileSync(process.execPath, [fileURLToPath(new URL('cli.js', LETHE)), '--version'], {
    encoding: 'utf8',
  });
  expect(version).toMatch(/^\d+\.\d+\.\d+/);
});
