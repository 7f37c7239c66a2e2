// The format `cifar10`: a file of records, each one label byte and three planes (red, green, blue) of 32 x 32 bytes.
// Only the requested records are read.
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Type } from '@sinclair/typebox';
import { fail, failure } from '../runtime/contracts/failure.ts';
import { defineDatasetFormat } from './dataset-format.ts';
import { excerptOf } from './image-set.ts';
import type { Excerpt, ImageSet, LabelledImage } from './image-set.ts';

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

export const cifar10 = defineDatasetFormat({
  name: 'cifar10',
  doc: 'The binary version of CIFAR-10.',
  version: 1,
  params: Type.Object({
    files: Type.Array(Type.String({ file: { within: 'folder' } }), {
      minItems: 1,
      description: 'Binary files, concatenated in this order.',
    }),
  }),
  open: ({ files, excerpt }) => readCifar10(files('files'), excerpt),
});

interface RecordFile {
  readonly path: string;
  readonly records: number;
}

/**
 * Opens the images of one or several files, concatenated in the given order; `offset` and `limit` refer to the
 * concatenated images. Fails with `empty-data-file`, `truncated-file` and, while the images are read, with `bad-label`
 * and `shrunk-file`.
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
  const found = await stat(path).catch((error: unknown) =>
    fail(failure('unreadable-file', { path, why: (error as Error).message })),
  );
  if (!found.isFile()) fail(failure('not-a-file', { path, isFolder: found.isDirectory() }));
  const { size } = found;
  if (size === 0)
    fail(
      failure('empty-data-file', { file: path, help: 'Download it again: a batch has 3073 bytes for every image.' }),
    );
  const records = Math.floor(size / recordBytes);
  const rest = size % recordBytes;
  if (rest !== 0) {
    fail(failure('truncated-file', { file: path, record: records, recordBytes, missing: recordBytes - rest }));
  }
  return { path, records };
}

async function* readRecords(files: readonly RecordFile[], start: number, end: number): AsyncGenerator<LabelledImage> {
  let first = 0; // position of the file's first record among the records of all files
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
      if (bytesRead !== recordBytes) fail(failure('shrunk-file', { file: path, record: index }));
      yield decodeRecord(record, path, index);
    }
  } finally {
    await file.close();
  }
}

function decodeRecord(record: Uint8Array, path: string, index: number): LabelledImage {
  const label = record[0] as number;
  if (label >= cifar10Classes.length) {
    fail(failure('bad-label', { file: path, record: index, label, classes: cifar10Classes.length }));
  }
  const pixels = new Uint8Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < 3; channel++) pixels[3 * i + channel] = record[1 + channel * plane + i] as number;
  }
  return { pixels, height: side, width: side, channels: 3, label, name: `${basename(path)}#${index}` };
}
