import { describe, expect, it } from 'vitest';
import { Random } from '../../../../src/math/random.ts';
import {
  batchBounds,
  channelStatistics,
  makeBatch,
  shuffled,
  type ImageStack,
} from '../../../../src/nodes/networks/training/batches.ts';

const [count, height, width, channels] = [5, 4, 6, 3];
const stack: ImageStack = {
  pixels: Uint8Array.from({ length: count * height * width * channels }, (_, i) => (i * 31 + Math.floor(i / 7)) % 256),
  targets: Int32Array.from([4, 1, 3, 0, 2]),
  count,
  height,
  width,
  channels,
};
const input = { height, width, channels, scale: 1 / 255, mean: [0.1, 0.2, 0.3], std: [0.5, 0.25, 2] };
const value = (image: number, row: number, column: number, c: number) =>
  Math.fround(
    (stack.pixels[((image * height + row) * width + column) * channels + c]! / 255 - input.mean[c]!) / input.std[c]!,
  );

describe('makeBatch', () => {
  it('normalises and keeps the order asked for', () => {
    const { x, targets } = makeBatch(stack, Uint32Array.from([3, 0]), input);
    expect([...targets]).toEqual([0, 4]);
    [3, 0].forEach((image, k) => {
      for (let i = 0; i < height * width * channels; i++) {
        const [row, column, c] = [Math.floor(i / (width * channels)), Math.floor(i / channels) % width, i % channels];
        expect(x[k * height * width * channels + i]).toBeCloseTo(value(image, row, column, c), 5);
      }
    });
  });

  it('moves by every shift, mirrors half of the images, fills with zero', () => {
    const seen = new Set<string>();
    const random = new Random('a');
    for (let k = 0; k < 400; k++) {
      const { x } = makeBatch(stack, Uint32Array.from([2]), input, { augmentation: { shift: 1, flip: true }, random });
      const found = [-1, 0, 1]
        .flatMap((dy) => [-1, 0, 1].flatMap((dx) => [false, true].map((mirror) => ({ dy, dx, mirror }))))
        .filter(({ dy, dx, mirror }) =>
          x.every((got, i) => {
            const [row, at, c] = [Math.floor(i / (width * channels)), Math.floor(i / channels) % width, i % channels];
            const column = mirror ? width - 1 - at : at;
            const [y, u] = [row + dy, column + dx];
            const inside = y >= 0 && y < height && u >= 0 && u < width;
            return Math.abs(got - (inside ? value(2, y, u, c) : 0)) < 1e-5;
          }),
        );
      expect(found).toHaveLength(1);
      seen.add(JSON.stringify(found[0]));
    }
    expect(seen.size).toBe(18);
  });
});

describe('the rest', () => {
  it('cuts into batches of nearly equal size', () => {
    for (const [n, size] of [
      [10, 3],
      [64, 64],
      [65, 64],
      [1, 8],
      [2000, 64],
    ] as const) {
      const bounds = batchBounds(n, size);
      expect(bounds[0]![0]).toBe(0);
      expect(bounds.at(-1)![1]).toBe(n);
      const lengths = bounds.map(([from, to]) => to - from);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(size);
      expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
      bounds.slice(1).forEach(([from], i) => expect(from).toBe(bounds[i]![1]));
    }
  });

  it('shuffles by the seed: a permutation, every image anywhere', () => {
    expect([...shuffled(50, new Random('x'))].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(shuffled(50, new Random('x'))).toEqual(shuffled(50, new Random('x')));
    const first = new Array<number>(4).fill(0);
    for (let k = 0; k < 4000; k++) first[shuffled(4, new Random(`s${k}`))[0]!]! += 1;
    for (const n of first) expect(Math.abs(n - 1000)).toBeLessThan(4.5 * Math.sqrt(750));
  });

  it('knows mean and deviation of the channels', () => {
    const { mean, std } = channelStatistics(stack);
    for (let c = 0; c < channels; c++) {
      const values = [...stack.pixels].filter((_, i) => i % channels === c).map((v) => v / 255);
      const m = values.reduce((a, b) => a + b) / values.length;
      expect(mean[c]).toBeCloseTo(m, 3);
      expect(std[c]).toBeCloseTo(Math.sqrt(values.reduce((a, b) => a + (b - m) ** 2, 0) / values.length), 3);
    }
    expect(channelStatistics({ ...stack, pixels: new Uint8Array(stack.pixels.length).fill(51) })).toEqual({
      mean: [0.2, 0.2, 0.2],
      std: [1, 1, 1],
    });
  });
});
