// Copies outputs for `--out DIR`, under readable names. The copies are not hard links, because editing a hard link
// would damage the cache.
import { constants } from 'node:fs';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import type { OutputRef, RunFinished } from '../runtime/contracts/events.ts';
import type { Result } from '../runtime/contracts/failure.ts';
import type { Store } from '../runtime/store/store.ts';
import { outFailure, prepareOutFolder } from './out-folder.ts';

/**
 * Copies outputs and returns the paths written. The file of a step's first output is named `step`, the file of any
 * other output `step.output`. Outputs that are not files (networks, data sets) are written as their JSON manifests.
 */
export async function copyOutputs(
  folder: string,
  store: Store,
  finished: RunFinished,
): Promise<Result<readonly string[]>> {
  const target = resolve(folder);
  const problem = prepareOutFolder(target);
  if (problem !== undefined) return { ok: false, failures: [problem] };
  const written: string[] = [];
  try {
    for (const [step, { others = {}, ...first }] of Object.entries(finished.outputs)) {
      const name = readableName(step);
      const all: [string, OutputRef][] = [[name, first]];
      for (const [output, ref] of Object.entries(others)) all.push([`${name}.${readableName(output)}`, ref]);
      for (const [base, output] of all) written.push(...(await copyOutput(join(target, base), store, output)));
    }
    return { ok: true, value: written };
  } catch (error) {
    return { ok: false, failures: [outFailure(target, error)] };
  }
}

async function copyOutput(target: string, store: Store, output: OutputRef): Promise<readonly string[]> {
  if (output.path !== null) return [await place(output.path, `${target}${extname(output.path) || '.arrow'}`)];
  const bytes = await store.get(output.digest);
  return bytes === undefined ? [] : [await writeFresh(`${target}.json`, bytes)];
}

/**
 * File name for a step: `sigma[layer=conv1,network=a/b]` -> `sigma.layer=conv1.network=a_b`. It is safe in shells and
 * file systems.
 */
export function readableName(step: string): string {
  return step
    .replaceAll(/\]$/g, '')
    .replaceAll(/[[,]/g, '.')
    .replaceAll(/[^\w.=-]/g, '_');
}

async function place(source: string, target: string): Promise<string> {
  await rm(target, { force: true });
  await copyFile(source, target, constants.COPYFILE_FICLONE);
  return target;
}

async function writeFresh(target: string, bytes: Uint8Array): Promise<string> {
  await rm(target, { force: true });
  await writeFile(target, bytes);
  return target;
}
