import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCub } from '../../src/datasets/cub.ts';
import { resizeSet } from '../../src/datasets/resize-image.ts';
import { failureOf } from '../failure-of.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { collect } from './collect.ts';
import { encodePng, write } from './image-files.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lethe-cub-'));
});
afterAll(() => rm(root, { recursive: true }));

async function layout(name: string, change: Readonly<Record<string, string | undefined>> = {}): Promise<string> {
  const folder = join(root, name);
  const files: Record<string, string | undefined> = {
    'images.txt': '1 001.a/p.png\n2 002.b/q.png\n3 002.b/r.png\n',
    'classes.txt': '1 001.a\n2 002.b\n',
    'image_class_labels.txt': '1 1\n2 2\n3 2\n',
    'bounding_boxes.txt': '1 1.0 0.0 2.0 3.0\n2 0 0 4 4\n3 0 0 1 1\n',
    'train_test_split.txt': '1 1\n2 0\n3 1\n',
    ...change,
  };
  for (const [file, text] of Object.entries(files)) if (text !== undefined) await write(join(folder, file), text);
  for (const path of ['001.a/p', '002.b/q', '002.b/r'])
    await write(
      join(folder, `images/${path}.png`),
      encodePng(4, 4, (x) => x),
    );
  await write(
    join(folder, 'segmentations/002.b/r.png'),
    encodePng(4, 4, (_, y) => (y === 2 ? 255 : 0)),
  );
  return folder;
}

describe('readCub', () => {
  it('makes masks from segmentations, else from boxes', async () => {
    const [p, q, r] = await collect(await readCub(await layout('whole')));
    expect([p!.label, q!.label, r!.label]).toEqual([0, 1, 1]);
    expect([...p!.mask!]).toEqual([0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
    expect([...q!.mask!]).toEqual(new Array(16).fill(1));
    expect([...r!.mask!]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0]);
  });

  it('reads a part of the split, and a range of it', async () => {
    const folder = await layout('split');
    const names = async (options: Parameters<typeof readCub>[1]) =>
      (await collect(await readCub(folder, options))).map((image) => image.name);
    expect(await names({ split: 'train' })).toEqual(['001.a/p.png', '002.b/r.png']);
    expect(await names({ split: 'test' })).toEqual(['002.b/q.png']);
    expect(await names({ split: 'train', offset: 1 })).toEqual(['002.b/r.png']);
  });

  it('names the file that does not fit', async () => {
    const bad = async (name: string, change: Readonly<Record<string, string | undefined>>) => {
      const failure = await failureOf(readCub(await layout(name, change)));
      expect(failure.reason).toBe('bad-layout');
      return failure.headline;
    };
    expect(await bad('no-labels', { 'image_class_labels.txt': undefined })).toBe('image_class_labels.txt is missing');
    expect(await bad('short', { 'image_class_labels.txt': '1 1\n2 2\n' })).toContain('no line for image 3');
    expect(await bad('class', { 'image_class_labels.txt': '1 1\n2 2\n3 7\n' })).toContain(
      'class that is not in classes.txt',
    );
    expect(await bad('box', { 'bounding_boxes.txt': '1 1 0 x 3\n' })).toContain('four numbers');
    expect(await bad('line', { 'classes.txt': '1 001.a\n2\n' })).toContain('line 2');
  });

  it.runIf(hasSharedData)('reads people with pixel masks', async () => {
    const set = await readCub(join(sharedData, 'people_masks'));
    const images = await collect(set);
    expect([set.count, images.length]).toEqual([40, 40]);
    for (const { pixels, mask, height, width } of images) {
      expect([pixels.length, mask!.length]).toEqual([height * width * 3, height * width]);
      const share = mask!.reduce((sum, value) => sum + value, 0) / mask!.length;
      expect(share).toBeGreaterThan(0.005);
      expect(share).toBeLessThan(0.9);
    }
    expect([images[0]!.width, images[0]!.height].sort()).toEqual([240, 320]);
  });

  it.runIf(hasSharedData)('reads birds with boxes, at another size', async () => {
    const set = resizeSet(await readCub(join(sharedData, 'imagenet_birds'), { limit: 3 }), { height: 64, width: 64 });
    const images = await collect(set);
    expect([set.classes.length, images.length]).toEqual([33, 3]);
    for (const { pixels, mask } of images) {
      expect([pixels.length, mask!.length]).toEqual([64 * 64 * 3, 64 * 64]);
      expect(new Set(mask)).toEqual(new Set([0, 1]));
    }
  });

  it.runIf(hasSharedData)('reads bird crops: every box is the whole image', async () => {
    const set = await readCub(join(sharedData, 'bird_crops'), { limit: 2, offset: 70 });
    const images = await collect(set);
    expect(set.classes).toHaveLength(10);
    expect(images.map(({ height, width, label }) => [height, width, label])).toEqual([
      [227, 227, 1],
      [227, 227, 1],
    ]);
    for (const { mask } of images) expect(mask!.every((value) => value === 1)).toBe(true);
    const train = await readCub(join(sharedData, 'bird_crops'), { split: 'train' });
    const test = await readCub(join(sharedData, 'bird_crops'), { split: 'test' });
    expect(train.count + test.count).toBe(600);
  });
});
