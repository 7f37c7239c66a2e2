// `--out DIR`: copies of the outputs under readable names. Not hard links: editing one would damage the cache.
import { constants } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import type { RunFinished } from '../runtime/events.ts';
import type { Store } from '../runtime/store/store.ts';

/** Returns the paths written. Outputs that are no file (networks, data sets) are written as their manifest in JSON. */
export async function copyOutputs(folder: string, store: Store, finished: RunFinished): Promise<readonly string[]> {
  const target = resolve(folder);
  await mkdir(target, { recursive: true });
  const written: string[] = [];
  for (const [step, output] of Object.entries(finished.outputs)) {
    const name = readableName(step);
    if (output.path === null) {
      const bytes = await store.get(output.digest);
      if (bytes === undefined) continue;
      written.push(await writeFresh(join(target, `${name}.json`), bytes));
    } else {
      written.push(await place(output.path, join(target, `${name}${extname(output.path) || '.arrow'}`)));
    }
  }
  return written;
}

/** `sigma[layer=conv1,network=a/b]` -> `sigma.layer=conv1.network=a_b`: no character a shell or file system minds. */
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
