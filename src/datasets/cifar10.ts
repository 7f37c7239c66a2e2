// Reads the CIFAR-10 binary layout: records of one label byte and three planes (red, green, blue) of 32 x 32 bytes, nothing else.
// Only the records asked for are read.
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { fail } from '../runtime/contracts/failure.ts';
import { excerptOf, type Excerpt, type ImageSet, type LabelledImage } from './image-set.ts';

const side = 32;
const plane = side * side;
const recordBytes = 1 + 3 * plane;

/** Class names in the order of the labels. */
export const cifar10Classes = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const;

interface RecordFile {
  readonly path: string;
  readonly records: number;
}

/**
 * The images of one or several files, joined in the order given; `offset` and `limit` count over all of them.
 * Fails with `empty-file`, `truncated-file` (which record, how many bytes are missing) and, while reading, `bad-label`.
 */
export async function readCifar10(paths: readonly string[], excerpt: Excerpt = {}): Promise<ImageSet> {
  const files = await Promise.all(paths.map(measureFile));
  const total = files.reduce((sum, file) => sum + file.records, 0);
  const [start, end] = excerptOf(total, excerpt);
  return {
    name: paths.map((path) => basename(path).replace(/\.bin$/, '')).join('+'),
    classes: cifar10Classes,
    count: end - start,
    remarks: [],
    images: () => readRecords(files, start, end),
  };
}

async function measureFile(path: string): Promise<RecordFile> {
  const { size } = await stat(path);
  if (size === 0)
    fail({
      reason: 'empty-file',
      headline: 'the CIFAR-10 file is empty',
      values: { file: path },
      help: 'Download it again: a batch has 3073 bytes for every image.',
    });
  const records = Math.floor(size / recordBytes);
  const rest = size % recordBytes;
  if (rest !== 0) {
    fail({
      reason: 'truncated-file',
      headline: `the CIFAR-10 file ends in the middle of record ${records}`,
      values: { file: path, size, 'whole records': records, 'bytes missing': recordBytes - rest },
      help: `Download it again; a file in the binary layout has a multiple of ${recordBytes} bytes (the Python and Matlab versions of CIFAR-10 are other formats).`,
    });
  }
  return { path, records };
}

async function* readRecords(files: readonly RecordFile[], start: number, end: number): AsyncGenerator<LabelledImage> {
  let first = 0; // position of the file's record 0 in the joined set
  for (const { path, records } of files) {
    const from = Math.max(start - first, 0);
    const to = Math.min(end - first, records);
    if (from < to) yield* readFile(path, from, to);
    first += records;
  }
}

async function* readFile(path: string, from: number, to: number): AsyncGenerator<LabelledImage> {
  const file = await open(path, 'r');
  try {
    const record = new Uint8Array(recordBytes);
    for (let index = from; index < to; index++) {
      const { bytesRead } = await file.read(record, 0, recordBytes, index * recordBytes);
      if (bytesRead !== recordBytes)
        fail({
          reason: 'truncated-file',
          headline: 'the CIFAR-10 file became shorter while it was read',
          values: { file: path, record: index },
        });
      yield decodeRecord(record, path, index);
    }
  } finally {
    await file.close();
  }
}

function decodeRecord(record: Uint8Array, path: string, index: number): LabelledImage {
  const label = record[0] as number;
  if (label >= cifar10Classes.length) {
    fail({
      reason: 'bad-label',
      headline: `label ${label} in the CIFAR-10 file is none of 0..9`,
      values: { file: path, record: index },
      help: 'Is it a CIFAR-100 file (two label bytes), or damaged?',
    });
  }
  const pixels = new Uint8Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < 3; channel++) pixels[3 * i + channel] = record[1 + channel * plane + i] as number;
  }
  return { pixels, height: side, width: side, channels: 3, label, name: `${basename(path)}#${index}` };
}
