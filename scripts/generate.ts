// `npm run generate`: writes all derived files: the lists of cards in src/, schemas/, docs/settings.md, the tables in
// the README and the wasm kernels. With `--check` it writes nothing, and fails if a file is out of date. The contents
// are created in generate/, one file per output. This script runs from the sources and needs no dist/, which the
// command builds afterwards.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { BackendCard } from '../src/compute/backend-card.ts';
import { backendLists, loadBackends } from './generate/backends.ts';
import { cardLists } from './generate/card-lists.ts';
import { catalogOf, kindsOf, nodeTable, tableSchema } from './generate/catalog.ts';
import { kindsSource } from './generate/kinds.ts';
import { pipelineSchema } from './generate/pipeline-schema.ts';
import { readmeWith } from './generate/readme.ts';
import { loadNodes, nodeFiles, registrySource } from './generate/registry.ts';
import { settingsPage } from './generate/settings.ts';
import { viewsSource } from './generate/views.ts';
import { wasmModule } from './generate/wasm-module.ts';
import { noiseWat } from './noise-wat.ts';
import { rowsWat } from './simd-rows.ts';

const root = dirname(import.meta.dirname);

/**
 * Contents of the generated lists of cards in src/, by path. These files are written before all others, because this
 * script imports sources that read the lists.
 */
function listsOf(backends: readonly BackendCard[]): Promise<ReadonlyMap<string, string>> {
  return formatted([
    ...backendLists(backends),
    ...cardLists(root),
    ['src/registry.ts', registrySource(nodeFiles(root))],
    ['src/kinds.ts', kindsSource(root)],
    ['src/commands/view/views.ts', viewsSource(root)],
  ]);
}

/** Contents of all other generated files, by path. */
async function filesOf(backends: readonly BackendCard[]): Promise<ReadonlyMap<string, string>> {
  const nodes = await loadNodes(root, nodeFiles(root));
  const json = (value: unknown): string => JSON.stringify(value);
  const tables = [...kindsOf(nodes)].filter(([, kind]) => kind.codec === 'table');
  const generated = await formatted([
    ['src/compute/kernels/simd/rows-module.ts', await wasmModule('ROWS_WASM', 'scripts/simd-rows.ts', rowsWat())],
    ['src/math/noise-module.ts', await wasmModule('NOISE_WASM', 'scripts/noise-wat.ts', noiseWat())],
    ['schemas/pipeline.schema.json', json(pipelineSchema(nodes))],
    ['schemas/catalog.json', json(catalogOf(nodes))],
    ['docs/settings.md', settingsPage(backends)],
    ...tables.map(([name, kind]) => [`schemas/tables/${name}.json`, json(tableSchema(kind))] as const),
  ]);
  const readme = await readmeWith(join(root, 'README.md'), nodeTable(nodes));
  if (readme !== undefined) generated.set('README.md', readme);
  return generated;
}

async function formatted(texts: readonly (readonly [string, string])[]): Promise<Map<string, string>> {
  const pretty = new Map<string, string>();
  for (const [path, text] of texts) {
    const filepath = join(root, path);
    pretty.set(path, await format(text, { ...(await resolveConfig(filepath)), filepath }));
  }
  return pretty;
}

/** Schemas of tables that no node type writes any more. */
function leftovers(generated: ReadonlyMap<string, string>): readonly string[] {
  const folder = join(root, 'schemas', 'tables');
  const files = existsSync(folder) ? readdirSync(folder).map((file) => `schemas/tables/${file}`) : [];
  return files.filter((file) => !generated.has(file));
}

const isStale = ([path, text]: readonly [string, string]): boolean =>
  !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text;

function write([path, text]: readonly [string, string]): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  console.log(`wrote ${path}`);
}

function report(paths: readonly string[]): void {
  for (const path of paths) console.error(`${path} is not what it is generated from`);
  if (paths.length === 0) return;
  console.error('Run `npm run generate` and commit what it changes.');
  process.exitCode = 1;
}

const isCheck = process.argv.includes('--check');
const backends = await loadBackends(root);
const staleLists = [...(await listsOf(backends))].filter(isStale);
if (staleLists.length > 0 && isCheck) report(staleLists.map(([path]) => path));
else if (staleLists.length > 0) {
  // A new process generates the other files, because this process has imported the old lists.
  staleLists.forEach(write);
  const args = [join(root, 'scripts/run-ts.mjs'), 'scripts/generate.ts'];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
} else {
  const generated = await filesOf(backends);
  const stale = [...generated].filter(isStale);
  const gone = leftovers(generated);
  if (isCheck) report([...stale.map(([path]) => path), ...gone]);
  else {
    stale.forEach(write);
    for (const path of gone) rmSync(join(root, path));
  }
}
