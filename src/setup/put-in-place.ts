// Replaces the folder of an installed backend by a newly prepared folder. A folder with other content is never
// replaced.
import { existsSync } from 'node:fs';
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fail, failure } from '../runtime/contracts/failure.ts';

const markFile = 'lethe-native.json';

/**
 * Checks that a folder is missing, is empty, or was created by a setup.
 * @throws FailureError `folder-in-use` if it has other content
 */
export async function refuseForeign(folder: string): Promise<void> {
  const content = await readdir(folder).catch((): string[] => []);
  if (content.length === 0 || content.includes(markFile)) return;
  fail(failure('folder-in-use', { folder }));
}

/**
 * Reads the mark file that a setup wrote into its folder. Returns an empty object if the folder has no readable mark
 * file.
 */
export async function readMark(folder: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return JSON.parse(await readFile(path.join(folder, markFile), 'utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/**
 * Writes the mark file into the new folder `fresh`, and moves `fresh` to the path `folder`. If the move fails, the old
 * folder is restored.
 */
export async function putInPlace(folder: string, fresh: string, mark: object): Promise<void> {
  await writeFile(path.join(fresh, markFile), `${JSON.stringify(mark)}\n`);
  const old = `${folder}.old`;
  await rm(old, { recursive: true, force: true });
  const had = existsSync(folder);
  if (had) await rename(folder, old);
  try {
    await rename(fresh, folder);
  } catch (error) {
    if (had) await rename(old, folder);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}
