// Unpacks the tarball of an npm package: plain files below one top folder, which is removed from their paths. Links are
// never created.
import { mkdir } from 'node:fs/promises';
import { extract } from 'tar/extract';
import { fail, failure } from '../runtime/contracts/failure.ts';
import { isSystemError } from './disk-failure.ts';

/** Largest accepted size of the unpacked files in bytes, far above the size of any package used here. */
const MOST_BYTES = 2 ** 31;

/**
 * Unpacks a tarball.
 * @throws FailureError `bad-archive` if the tarball is damaged or too large, or names a file outside the folder
 */
export async function unpackTarball(tarball: string, folder: string, mostBytes = MOST_BYTES): Promise<void> {
  const badArchive = (why: string): never => fail(failure('bad-archive', { file: tarball, why }));
  let [files, bytes] = [0, 0];
  await mkdir(folder, { recursive: true });
  try {
    await extract({
      file: tarball,
      cwd: folder,
      strip: 1,
      strict: true, // treats warnings (absolute paths, `..`, damage) as errors
      preserveOwner: false,
      noMtime: true,
      filter(_name, entry) {
        if (!('type' in entry) || !['File', 'OldFile', 'ContiguousFile'].includes(entry.type)) return false;
        files += 1;
        bytes += entry.size;
        return bytes <= mostBytes;
      },
    });
  } catch (error) {
    if (isSystemError(error)) throw error;
    badArchive((error as Error).message);
  }
  if (bytes > mostBytes) badArchive(`it contains more than ${mostBytes} bytes`);
  if (files === 0) badArchive('it contains no file');
}
