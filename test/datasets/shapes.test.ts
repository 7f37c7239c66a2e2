import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { outlines, shapeClasses } from '../../src/datasets/outlines.ts';
import { makeShapes } from '../../src/datasets/shapes.ts';
import { collect } from './collect.ts';

describe('makeShapes', () => {
  it('depends on the seed and the index, not on the count or where it starts', async () => {
    const all = await collect(makeShapes({ count: 30, size: 16, seed: 's' }));
    expect(await collect(makeShapes({ count: 12, size: 16, seed: 's' }))).toEqual(all.slice(0, 12));
    expect(await collect(makeShapes({ count: 9, size: 16, seed: 's', offset: 17 }))).toEqual(all.slice(17, 26));
    const other = await collect(makeShapes({ count: 30, size: 16, seed: 't' }));
    expect(other.some((image, i) => Buffer.from(image.pixels).equals(all[i]!.pixels))).toBe(false);
    expect(new Set(all.map((image) => Buffer.from(image.pixels).toString('base64'))).size).toBe(30);
  });

  it('draws the same pixels on every machine', async () => {
    const hash = createHash('sha256');
    for (const image of await collect(makeShapes({ count: 20, size: 24, seed: '0' })))
      hash.update(image.pixels).update(image.mask!);
    expect(hash.digest('hex')).toBe('2a6b11bf304f75bd5f9eb13a08d08411f9113970729ef8131b12fa4b632454c5');
  });

  it('has one of each class in every ten', async () => {
    const set = makeShapes({ count: 50, size: 8, seed: 'b' });
    const labels = (await collect(set)).map((image) => image.label);
    expect([set.classes, set.count]).toEqual([shapeClasses, 50]);
    expect(shapeClasses).toHaveLength(10);
    for (let block = 0; block < 5; block++) expect(new Set(labels.slice(10 * block, 10 * block + 10)).size).toBe(10);
    expect(labels.slice(0, 10)).not.toEqual(labels.slice(10, 20));
  });

  it('has a mask inside the image, visible against the background, with the area of the outline', async () => {
    const size = 48;
    const shares = new Map<number, number[]>();
    for (const { pixels, mask, label } of await collect(makeShapes({ count: 200, size, seed: 'm' }))) {
      const grey = (i: number) => 0.3 * pixels[3 * i]! + 0.59 * pixels[3 * i + 1]! + 0.11 * pixels[3 * i + 2]!;
      const [inside, outside]: [number[], number[]] = [[], []];
      mask!.forEach((on, i) => (on ? inside : outside).push(grey(i)));
      const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(mean(inside) - mean(outside)).toBeGreaterThan(0.18 * 255);
      shares.set(label, [...(shares.get(label) ?? []), inside.length / (size * size)]);
    }
    for (const [label, values] of shares) {
      // Area of the outline from a fine grid, in units of the squared radius; the radius is uniform in [0.28, 0.42].
      let area = 0;
      for (let i = 0; i < 200 * 200; i++) {
        const [x, y] = [((i % 200) + 0.5) / 100 - 1, (Math.floor(i / 200) + 0.5) / 100 - 1];
        if (x * x + y * y <= 1 && outlines[shapeClasses[label]!]!(x, y)) area += 1e-4;
      }
      for (const share of values) {
        expect(share / area).toBeGreaterThan(0.28 ** 2 * 0.85);
        expect(share / area).toBeLessThan(0.42 ** 2 * 1.15);
      }
    }
  });

  it('has colours that are independent of the class', async () => {
    const images = await collect(makeShapes({ count: 1000, size: 16, seed: 'c' }));
    const overall = [0, 1, 2].map((c) => mean(images.flatMap((image) => meanChannel(image.pixels, c))));
    for (let label = 0; label < 10; label++) {
      const own = images.filter((image) => image.label === label);
      for (let c = 0; c < 3; c++) {
        const values = own.map((image) => meanChannel(image.pixels, c));
        const error = Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)) / values.length);
        expect(Math.abs(mean(values) - overall[c]!)).toBeLessThan(4.5 * error);
      }
    }
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function meanChannel(pixels: Uint8Array, channel: number): number {
  let sum = 0;
  for (let i = channel; i < pixels.length; i += 3) sum += pixels[i]!;
  return (3 * sum) / pixels.length;
}
