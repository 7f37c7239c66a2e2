// Recognises the format of a weight file, and opens the file with the card of that format.
import { basename } from 'node:path';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import { openRange } from './file-range.ts';
import type { NetworkFormat, WeightFile } from './format.ts';
import { FORMATS } from './index.ts';

/** Number of bytes at the beginning of a file from which its format is recognised. */
const FIRST = 512;

export interface OpenedWeights {
  readonly format: NetworkFormat;
  readonly file: WeightFile;
}

/**
 * Opens a weight file. Throws `FailureError`: `missing-file`, `unreadable-file`, `not-a-file`,
 * `unknown-weights-format`, and the failures of the format.
 */
export async function openWeights(path: string, formats: readonly NetworkFormat[] = FORMATS): Promise<OpenedWeights> {
  const first = await firstBytes(path);
  const file = basename(path);
  const format = formats.find((candidate) => candidate.recognises(first, file));
  if (format !== undefined) return { format, file: await format.open(path) };
  const other = OTHERS.find(({ starts }) => starts.test(new TextDecoder('latin1').decode(first)));
  return fail(
    failure('unknown-weights-format', {
      file,
      ...(other && { looksLike: other.name }),
      formats: formats.map(({ name, doc }) => `${name} (${doc})`),
      ...(other?.help !== undefined && { help: other.help }),
    }),
  );
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const range = await openRange(path);
  try {
    return await range.read(0, Math.min(FIRST, range.size));
  } finally {
    await range.close();
  }
}

/** Kinds of files that are often given as weights by mistake, recognised by their first bytes. */
const OTHERS: readonly { readonly starts: RegExp; readonly name: string; readonly help?: string }[] = [
  { starts: /^$/u, name: 'an empty file', help: 'Copy or export the file again.' },
  {
    starts: /^version https:\/\/git-lfs/u,
    name: 'a Git LFS pointer, not the file itself',
    help: 'Fetch the file with git lfs pull.',
  },
  { starts: /^PK\x03\x04/u, name: 'a zip archive (a PyTorch checkpoint or .npz)' },
  { starts: /^\x80\x02/u, name: 'a Python pickle (an old PyTorch checkpoint)' },
  { starts: /^\x89HDF/u, name: 'an HDF5 file (Keras)' },
  {
    starts: /^\s*<(?:!doctype|html)/iu,
    name: 'a web page',
    help: 'Download the file again, from the direct address of the file.',
  },
];
