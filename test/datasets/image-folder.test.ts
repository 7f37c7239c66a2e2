import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImageFolder } from '../../src/datasets/image-folder.ts';
import { failureOf } from '../failure-of.ts';
import { collect } from './collect.ts';
import { encodeJpeg, encodePng, write, type Paint } from './image-files.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lethe-folder-'));
});
afterAll(() => rm(root, { recursive: true }));

const ramp: Paint = (x, y, c) => 10 * x + 3 * y + 40 * c;
const half: Paint = (x) => (x < 3 ? 255 : 0);

describe('readImageFolder', () => {
  it('takes subfolders for classes, in order of their names', async () => {
    const folder = join(root, 'classes');
    await write(join(folder, 'b/2.png'), encodePng(6, 4, ramp));
    await write(join(folder, 'b/10.PNG'), encodePng(6, 4, ramp));
    await write(
      join(folder, 'a/x.jpg'),
      encodeJpeg(8, 8, () => 128),
    );
    await write(join(folder, 'a/notes.txt'), 'no image');
    await write(join(folder, 'readme.md'), 'no image');
    await mkdir(join(folder, 'empty'), { recursive: true });
    const set = await readImageFolder(folder);
    const images = await collect(set);
    expect(set).toMatchObject({ name: 'classes', classes: ['a', 'b'], count: 3, remarks: [] });
    expect(images.map(({ name, label }) => [name, label])).toEqual([
      ['a/x.jpg', 0],
      ['b/10.PNG', 1],
      ['b/2.png', 1],
    ]);
    const [photo, , drawing] = images;
    expect([drawing!.width, drawing!.height]).toEqual([6, 4]);
    expect([...drawing!.pixels]).toEqual(
      Array.from({ length: 72 }, (_, i) => ramp(Math.floor(i / 3) % 6, Math.floor(i / 18), i % 3)),
    );
    expect(photo!.pixels.length).toBe(8 * 8 * 3);
    for (const value of photo!.pixels) expect(Math.abs(value - 128)).toBeLessThanOrEqual(1);
  });

  it('reads masks of the same names, and says how many are missing', async () => {
    const folder = join(root, 'masked');
    for (const name of ['a/1.png', 'a/2.png', 'b/3.png'])
      await write(join(folder, 'images', name), encodePng(6, 4, ramp));
    await write(join(folder, 'masks/a/1.png'), encodePng(6, 4, half));
    await write(join(folder, 'masks/3.png'), encodePng(6, 4, half));
    const set = await readImageFolder(join(folder, 'images'), { masks: join(folder, 'masks') });
    const [one, two, three] = await collect(set);
    const expected = Array.from({ length: 24 }, (_, i) => (i % 6 < 3 ? 1 : 0));
    expect([...one!.mask!]).toEqual(expected);
    expect(two!.mask).toBeUndefined();
    expect([...three!.mask!]).toEqual(expected);
    expect(set.remarks.join()).toContain('1 of 3');
  });

  it('names both sizes where a mask does not fit', async () => {
    const folder = join(root, 'misfit');
    const image = await write(join(folder, 'images/p.png'), encodePng(6, 4, ramp));
    const mask = await write(join(folder, 'masks/p.png'), encodePng(5, 4, half));
    const set = await readImageFolder(join(folder, 'images'), { masks: join(folder, 'masks') });
    expect(await failureOf(collect(set))).toMatchObject({
      reason: 'mask-size',
      values: { image, 'image size': '6 x 4', mask, 'mask size': '5 x 4' },
    });
  });

  it('names the file that cannot be read', async () => {
    const noise: Paint = (x, y, c) => (x * 37 + y * 91 + c * 53 + x * y * 11) % 256;
    const photo = encodeJpeg(64, 64, noise);
    const drawing = encodePng(64, 64, noise);
    const bad: readonly (readonly [string, Uint8Array])[] = [
      ['half.jpg', photo.subarray(0, photo.length / 2)],
      ['tail.jpg', photo.subarray(0, photo.length - 2)],
      ['head.jpg', photo.subarray(0, 20)],
      ['half.png', drawing.subarray(0, drawing.length / 2)],
      ['tail.png', drawing.subarray(0, drawing.length - 20)],
      ['crc.png', drawing.map((byte, i) => (i === 300 ? byte ^ 1 : byte))],
      ['empty.png', new Uint8Array()],
      ['text.png', new TextEncoder().encode('not an image')],
    ];
    for (const [name, bytes] of bad) {
      const path = await write(join(root, `bad-${name}`, name), bytes);
      const set = await readImageFolder(join(root, `bad-${name}`));
      expect(await failureOf(collect(set)), name).toMatchObject({ reason: 'unreadable-image', values: { file: path } });
    }
    const good = await write(join(root, 'good/whole.jpg'), photo);
    expect((await collect(await readImageFolder(join(good, '..')))).length).toBe(1);
  });

  it('reads a flat folder, refuses a mixed one and one that is not there', async () => {
    const folder = join(root, 'flat');
    await write(join(folder, '2.png'), encodePng(2, 2, ramp));
    await write(join(folder, '1.png'), encodePng(3, 3, ramp));
    const set = await readImageFolder(folder, { offset: 1, limit: 5 });
    expect([set.classes, (await collect(set)).map((image) => image.name)]).toEqual([['flat'], ['2.png']]);
    await write(join(folder, 'sub/3.png'), encodePng(2, 2, ramp));
    expect(await failureOf(readImageFolder(folder))).toMatchObject({ reason: 'mixed-folder' });
    expect(await failureOf(readImageFolder(join(root, 'nowhere')))).toMatchObject({ reason: 'unreadable-folder' });
  });
});
