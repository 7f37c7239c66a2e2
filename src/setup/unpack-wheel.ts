// Takes from a TensorFlow or CUDA wheel what the binding needs, and lays it out as tfjs-node expects. Downloads nothing.
import path from 'node:path';
import { fail } from '../runtime/contracts/failure.ts';
import { listZip, unpackMember } from './unpack-zip.ts';
import type { ZipMember } from './unpack-zip.ts';

/** Where a member of a wheel goes below the package's `deps` folder; undefined where it is not wanted. */
export function placeOf(name: string): string | undefined {
  const library = /^tensorflow\/(libtensorflow_(?:cc|framework)\.so\.2)$/.exec(name)?.[1];
  if (library !== undefined) return `lib/${library}`;
  const header = /^tensorflow\/(include\/(?:tensorflow\/c|tsl\/c|(?:tensorflow\/core|tsl)\/platform)\/.*\.h)$/.exec(
    name,
  )?.[1];
  // The library looks for CUDA in ../nvidia (its run path says so), libraries and the assembler in their own subfolders.
  const cuda = /^nvidia\/[^/]+\/(?:lib|bin|nvvm)\/[^/].*[^/]$/.test(name) ? name : undefined;
  return header ?? cuda;
}

/** @throws FailureError `bad-wheel` when the file cannot be read as a wheel, or has nothing of use. */
export async function unpackWheel(
  wheel: string,
  deps: string,
  onProgress: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const members = await listZip(wheel).catch((error: unknown) => badWheel(wheel, (error as Error).message));
  const wanted = members.flatMap((member) => {
    const place = member.name.includes('..') ? undefined : placeOf(member.name);
    return place === undefined ? [] : [{ member, file: path.join(deps, place) }];
  });
  if (wanted.length === 0) badWheel(wheel, 'no library in it');
  const total = wanted.reduce((sum, { member }) => sum + member.size, 0);
  let done = 0;
  const unpack = ({ member, file }: { member: ZipMember; file: string }) =>
    unpackMember(wheel, member, file, (bytes) => onProgress((done += bytes), total), signal).catch((error: unknown) => {
      if (/^E|^ABORT/.test((error as NodeJS.ErrnoException).code ?? '')) throw error; // the disk's, or a wish to stop
      badWheel(wheel, `${member.name}: ${(error as Error).message}`);
    });
  for (const one of wanted) await unpack(one);
}

function badWheel(wheel: string, because: string): never {
  return fail({
    reason: 'bad-wheel',
    headline: 'a wheel could not be unpacked',
    values: { file: wheel, because },
    help: 'Delete the file and run `lethe setup` again.',
  });
}
