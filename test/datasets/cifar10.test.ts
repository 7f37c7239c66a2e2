import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cifar10Classes, readCifar10 } from '../../src/datasets/cifar10.ts';
import { failureOf } from '../failure-of.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { collect } from './collect.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lethe-cifar-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Records whose pixel bytes count up from `start`, so that all positions have different values. */
function records(labels: readonly number[], start = 0): Uint8Array {
  const bytes = new Uint8Array(labels.length * 3073);
  labels.forEach((label, r) => {
    bytes[r * 3073] = label;
    for (let i = 0; i < 3072; i++) bytes[r * 3073 + 1 + i] = (start + r * 7 + i * 13 + Math.floor(i / 1024)) % 256;
  });
  return bytes;
}

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe('readCifar10', () => {
  it('turns planes into interleaved channels', async () => {
    const bytes = records([3, 9]);
    const [first, second] = await collect(await readCifar10([await file('two.bin', bytes)]));
    expect([first!.label, second!.label]).toEqual([3, 9]);
    expect([first!.height, first!.width, first!.channels]).toEqual([32, 32, 3]);
    for (const [image, at] of [
      [first!, 1],
      [second!, 3074],
    ] as const) {
      for (let i = 0; i < 1024; i++) {
        expect([...image.pixels.subarray(3 * i, 3 * i + 3)]).toEqual([
          bytes[at + i],
          bytes[at + 1024 + i],
          bytes[at + 2048 + i],
        ]);
      }
    }
  });

  it('concatenates files and takes a range over all of them', async () => {
    const paths = [
      await file('a.bin', records([0, 1, 2])),
      await file('b.bin', records([3])),
      await file('c.bin', records([4, 5], 50)),
    ];
    const all = await collect(await readCifar10(paths));
    expect(all.map((image) => image.label)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const [offset, limit] of [
      [0, 1],
      [2, 3],
      [3, 1],
      [4, 9],
    ] as const) {
      const set = await readCifar10(paths, { offset, limit });
      const some = await collect(set);
      expect(set.count).toBe(some.length);
      expect(some).toEqual(all.slice(offset, offset + limit));
    }
    expect((await readCifar10(paths, { offset: 100 })).count).toBe(0);
  });

  it('reports which record is truncated and how many bytes are missing', async () => {
    const path = await file('cut.bin', records([1, 2, 3]).subarray(0, 2 * 3073 + 1000));
    const failure = await failureOf(readCifar10([path]));
    expect(failure).toMatchObject({
      reason: 'truncated-file',
      values: { file: path, 'whole records': 2, 'bytes missing': 2073 },
    });
    expect(failure.headline).toContain('record 2');
  });

  it('rejects an empty file and a label out of range', async () => {
    expect(await failureOf(readCifar10([await file('empty.bin', new Uint8Array())]))).toMatchObject({
      reason: 'empty-data-file',
    });
    const path = await file('label.bin', records([1, 10]));
    expect(await failureOf(collect(await readCifar10([path])))).toMatchObject({
      reason: 'bad-label',
      values: { file: path, record: 1 },
    });
    expect((await collect(await readCifar10([path], { limit: 1 })))[0]!.label).toBe(1);
  });

  it.runIf(hasSharedData)('reads the real test images', async () => {
    const path = join(sharedData, 'cifar10/test_0000_0599.bin');
    const set = await readCifar10([path]);
    const images = await collect(set);
    expect([set.count, images.length, set.classes]).toEqual([600, 600, cifar10Classes]);
    expect(images.slice(0, 4).map((image) => set.classes[image.label])).toEqual(['cat', 'ship', 'ship', 'airplane']);
    const raw = readFileSync(path).subarray(0, 3073);
    expect([...images[0]!.pixels.subarray(0, 6)]).toEqual([raw[1], raw[1025], raw[2049], raw[2], raw[1026], raw[2050]]);
    const names = readFileSync(join(sharedData, 'cifar10/batches.meta.txt'), 'utf8').split('\n').filter(Boolean);
    expect(names).toEqual([...cifar10Classes]);
  });
});
