// Extracts from a TensorFlow or CUDA wheel the files that the binding needs, in the layout that tfjs-node expects.
// Downloads nothing.
import path from 'node:path';
import { fail, failure } from '../runtime/contracts/failure.ts';
import { isSystemError } from './disk-failure.ts';
import { unpackZip } from './unpack-zip.ts';

/**
 * Returns the target path of a wheel's member, relative to the folder `deps` of the tfjs-node package; undefined for a
 * member that is not needed.
 */
export function placeOf(name: string): string | undefined {
  const library = /^tensorflow\/(libtensorflow_(?:cc|framework)\.so\.2)$/.exec(name)?.[1];
  if (library !== undefined) return `lib/${library}`;
  const header = /^tensorflow\/(include\/(?:tensorflow\/c|tsl\/c|(?:tensorflow\/core|tsl)\/platform)\/.*\.h)$/.exec(
    name,
  )?.[1];
  // The TensorFlow library looks for CUDA in ../nvidia (its run path). In this folder, the libraries and the assembler
  // have separate subfolders.
  const cuda = /^nvidia\/[^/]+\/(?:lib|bin|nvvm)\/[^/].*[^/]$/.test(name) ? name : undefined;
  return header ?? cuda;
}

/**
 * Unpacks a wheel into the folder `deps`.
 * @throws FailureError `bad-archive` if the file cannot be read as a wheel, or contains no needed file
 */
export async function unpackWheel(
  wheel: string,
  deps: string,
  onProgress: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const place = (name: string): string | undefined => {
    const below = placeOf(name);
    return below === undefined ? undefined : path.join(deps, below);
  };
  const unpacking = unpackZip(wheel, { place, onProgress, ...(signal ? { signal } : {}) });
  const files = await unpacking.catch((error: unknown) => {
    if (isSystemError(error) || signal?.aborted === true) throw error;
    return badWheel(wheel, (error as Error).message);
  });
  if (files === 0) badWheel(wheel, 'it contains no library');
}

const badWheel = (file: string, why: string): never => fail(failure('bad-archive', { file, why }));
