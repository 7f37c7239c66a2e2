// `lethe init [DIR]`: a starter project that runs, copied from the templates of the package.
import { existsSync } from 'node:fs';
import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failure } from '../runtime/contracts/failure.ts';
import { makeFolder } from '../runtime/contracts/make-folder.ts';
import type { Arguments } from './arguments.ts';
import type { Screen } from './screen.ts';

const TEMPLATES = fileURLToPath(new URL('../../templates/starter/', import.meta.url));
const SCHEMA = fileURLToPath(new URL('../../schemas/pipeline.schema.json', import.meta.url));
/** New names of template files. The templates have other names, because npm leaves a `.gitignore` out of packages. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: '.gitignore' };

export async function init(args: Arguments, screen: Screen): Promise<number> {
  const target = resolve(args.positionals[0] ?? '.');
  try {
    makeFolder(join(target, 'schemas'));
  } catch (error) {
    const why = (error as Error).message;
    return screen.fail([failure('folder-unusable', { folder: target, why })], 2);
  }
  const files = (await readdir(TEMPLATES)).map((name) => ({ from: join(TEMPLATES, name), to: RENAMED[name] ?? name }));
  const planned = [...files, { from: SCHEMA, to: 'schemas/pipeline.schema.json' }];
  const taken = planned.filter(
    ({ to }) => existsSync(join(target, to)) && !to.startsWith('schemas/') && to !== '.gitignore',
  );
  if (taken.length > 0) {
    const names = taken.map(({ to }) => to);
    return screen.fail([failure('files-exist', { folder: target, files: names })], 2);
  }
  for (const { from, to } of planned) {
    if (!existsSync(join(target, to))) await copyFile(from, join(target, to));
  }
  if (!existsSync(join(target, 'package.json'))) {
    await writeFile(join(target, 'package.json'), `${JSON.stringify({ private: true, type: 'module' }, null, 2)}\n`);
  }
  const command =
    args.positionals[0] === undefined
      ? 'lethe run pipeline.yaml'
      : `cd ${args.positionals[0]} && lethe run pipeline.yaml`;
  if (screen.json) screen.line({ event: 'initialised', folder: target, files: planned.map(({ to }) => to) });
  else screen.print(`made ${planned.map(({ to }) => to).join(', ')} in ${target}\nnext: ${command}`);
  return 0;
}
