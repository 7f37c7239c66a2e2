// Replaces the folder of a backend by a finished one, but never a folder with other content.
import { existsSync } from 'node:fs';
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fail, failure } from '../runtime/contracts/failure.ts';

const markFile = 'lethe-native.json';

/** Refuses a folder that was not created by a setup. @throws FailureError `folder-in-use` */
export async function refuseForeign(folder: string): Promise<void> {
  const content = await readdir(folder).catch((): string[] => []);
  if (content.length === 0 || content.includes(markFile)) return;
  fail(failure('folder-in-use', { folder }));
}

/** Mark file that a setup wrote into its folder; empty for any other folder. */
export async function readMark(folder: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return JSON.parse(await readFile(path.join(folder, markFile), 'utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/**
 * Writes the mark file into the new folder and moves it to the place of the old one. If that fails, the old folder is
 * restored.
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
