// `npm run generate`: writes every file that follows from another: src/registry.ts, schemas/, the table in the README, the wasm kernels.
// With `--check` it writes nothing and fails where a file differs from what it would write. Outputs are made in generate/, one file each.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { catalogOf, kindsOf, nodeTable, tableSchema } from './generate/catalog.ts';
import { pipelineSchema } from './generate/pipeline-schema.ts';
import { readmeWith } from './generate/readme.ts';
import { loadNodes, nodeFiles, registrySource } from './generate/registry.ts';
import { rowsModule } from './generate/rows-module.ts';

const root = dirname(import.meta.dirname);

/** Every generated file by its path relative to the project. */
async function generate(): Promise<ReadonlyMap<string, string>> {
  const files = nodeFiles(root);
  const nodes = await loadNodes(root, files);
  const json = (value: unknown): string => JSON.stringify(value);
  const generated = new Map([
    ['src/registry.ts', registrySource(files)],
    ['src/compute/kernels/simd/rows-module.ts', await rowsModule()],
    ['schemas/pipeline.schema.json', json(pipelineSchema(nodes))],
    ['schemas/catalog.json', json(catalogOf(nodes))],
  ]);
  for (const [name, kind] of kindsOf(nodes)) {
    if (kind.codec === 'table') generated.set(`schemas/tables/${name}.json`, json(tableSchema(kind)));
  }
  for (const [path, text] of generated) {
    const filepath = join(root, path);
    generated.set(path, await format(text, { ...(await resolveConfig(filepath)), filepath }));
  }
  const readme = await readmeWith(join(root, 'README.md'), nodeTable(nodes));
  if (readme !== undefined) generated.set('README.md', readme);
  return generated;
}

/** Schemas of tables that no node type makes any more. */
function leftovers(generated: ReadonlyMap<string, string>): readonly string[] {
  const folder = join(root, 'schemas', 'tables');
  const files = existsSync(folder) ? readdirSync(folder).map((file) => `schemas/tables/${file}`) : [];
  return files.filter((file) => !generated.has(file));
}

const isCheck = process.argv.includes('--check');
const generated = await generate();
const stale = [...generated].filter(
  ([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text,
);
const gone = leftovers(generated);
if (isCheck) {
  for (const path of [...stale.map(([path]) => path), ...gone])
    console.error(`${path} is not what it is generated from`);
  if (stale.length + gone.length > 0) {
    console.error('Run `npm run generate` and commit what it changes.');
    process.exitCode = 1;
  }
} else {
  for (const [path, text] of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    console.log(`wrote ${relative(root, join(root, path))}`);
  }
  for (const path of gone) rmSync(join(root, path));
}
