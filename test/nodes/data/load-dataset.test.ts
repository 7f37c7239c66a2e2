import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDataset } from '../../../src/nodes/data/load-dataset.ts';
import { makeShapes } from '../../../src/nodes/data/make-shapes.ts';
import { readDataset } from '../../../src/nodes/kinds/dataset.ts';
import { encodePng, write } from '../../datasets/image-files.ts';
import { failureOf } from '../../failure-of.ts';
import { hasSharedData, sharedData } from '../../shared-data.ts';
import { runNode } from '../node-rig.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lethe-load-'));
  for (const name of ['a/1', 'a/2', 'b/3'])
    await write(
      join(root, `images/${name}.png`),
      encodePng(6, 4, (x) => 40 * x),
    );
  await write(
    join(root, 'masks/a/1.png'),
    encodePng(6, 4, (x) => (x < 3 ? 255 : 0)),
  );
});
afterAll(() => rm(root, { recursive: true }));

describe('load-dataset', () => {
  it('writes one blob per image, and a manifest', async () => {
    const { outputs, warnings, store } = await runNode(loadDataset, {
      params: { format: 'image-folder', folder: root, images: 'images', masks: 'masks' },
    });
    const { value, items } = await readDataset(outputs['data']!);
    expect(value).toEqual({ name: 'images', height: 4, width: 6, channels: 3, classes: ['a', 'b'], count: 3 });
    expect(items.map((item) => [item.label, item.name, item.mask !== undefined])).toEqual([
      [0, 'a/1.png', true],
      [0, 'a/2.png', false],
      [1, 'b/3.png', false],
    ]);
    expect(new Set(items.map((item) => item.id)).size).toBe(1); // equal pixels, equal ids
    expect(store.blobs.get(items[0]!.digest)).toHaveLength(72);
    expect([...store.blobs.get(items[0]!.mask!)!]).toEqual(Array.from({ length: 24 }, (_, i) => (i % 6 < 3 ? 1 : 0)));
    expect(warnings.join()).toContain('2 of 3 images have no mask');
  });

  it('resizes', async () => {
    const { outputs, store } = await runNode(loadDataset, {
      params: { format: 'image-folder', images: join(root, 'images'), masks: join(root, 'masks'), size: 3, limit: 1 },
    });
    const { value, items } = await readDataset(outputs['data']!);
    expect(value).toMatchObject({ height: 3, width: 3, count: 1 });
    expect(store.blobs.get(items[0]!.digest)).toHaveLength(27);
    expect(store.blobs.get(items[0]!.mask!)).toHaveLength(9);
  });

  it('refuses what does not fit together, and an empty data set', async () => {
    const failure = (params: Readonly<Record<string, unknown>>) => failureOf(runNode(loadDataset, { params }));
    expect(await failure({ format: 'cifar10' })).toMatchObject({ reason: 'format-needs-parameter' });
    expect(await failure({ format: 'cub', images: root, files: ['x'] })).toMatchObject({
      reason: 'parameter-of-another-format',
    });
    expect(await failure({ format: 'image-folder', images: root, split: 'test' })).toMatchObject({
      reason: 'parameter-of-another-format',
    });
    expect(await failure({ format: 'image-folder', images: join(root, 'masks'), offset: 1 })).toMatchObject({
      reason: 'empty-dataset',
    });
  });

  it.runIf(hasSharedData)('loads real CIFAR-10 images: more of them leave the first as they are', async () => {
    const load = async (limit: number) => {
      const params = { format: 'cifar10', folder: join(sharedData, 'cifar10'), files: ['test_0000_0599.bin'], limit };
      return readDataset((await runNode(loadDataset, { params })).outputs['data']!);
    };
    const [few, more] = [await load(5), await load(15)];
    expect(more.items.slice(0, 5)).toEqual(few.items);
    expect(few.value).toMatchObject({ name: 'test_0000_0599', height: 32, width: 32, channels: 3, count: 5 });
  });
});

it('puts the version of the format that is chosen into the key', () => {
  const cards = (params: object) => loadDataset.cards?.(params as never);
  expect(cards({ format: 'cub', images: 'x' })).toEqual({ 'dataset-format/cub': 1 });
  expect(cards({ format: 'cifar10', files: ['x'] })).toEqual({ 'dataset-format/cifar10': 1 });
});

describe('make-shapes', () => {
  it('is the same data set for the same parameters, and nothing else', async () => {
    const make = async (params: Readonly<Record<string, unknown>>, seed: string) =>
      (await runNode(makeShapes, { params, seed })).outputs['data']!;
    const one = await make({ count: 12, size: 16 }, 'x');
    expect((await make({ count: 12, size: 16 }, 'y')).digest).toBe(one.digest);
    expect((await make({ count: 12, size: 16, seed: 1 }, 'x')).digest).not.toBe(one.digest);
    const { value, items } = await readDataset(one);
    expect(value).toMatchObject({ name: 'shapes-16', height: 16, width: 16, channels: 3, count: 12 });
    expect(items.every((item) => item.mask !== undefined)).toBe(true);
    const longer = await readDataset(await make({ count: 20, size: 16 }, 'x'));
    expect(longer.items.slice(0, 12)).toEqual(items);
  });
});
