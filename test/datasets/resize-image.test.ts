import { describe, expect, it } from 'vitest';
import { resample, resizeMask, resizePixels } from '../../src/datasets/resize-image.ts';

describe('resample', () => {
  // When shrinking by a fraction, the filter is sampled asymmetrically, so lines are preserved only approximately.
  it('preserves constants, and away from the borders also straight lines for whole factors', () => {
    for (const to of [2, 5, 10, 23, 64]) {
      const line = Array.from({ length: 10 }, (_, x) => 4 * (x + 0.5)); // value 4 u at position u
      const out = resample(line, { height: 1, width: 10 }, { height: 1, width: to }, 1);
      out.forEach((value, i) => {
        const u = ((i + 0.5) * 10) / to;
        const reach = Math.max(10 / to, 1);
        if (u > reach && u < 10 - reach) expect(value).toBeCloseTo(4 * u, 10);
      });
      const flat = resample(new Array<number>(10).fill(7), { height: 1, width: 10 }, { height: 2, width: to }, 1);
      for (const value of flat) expect(value).toBeCloseTo(7, 12);
    }
  });

  it('halves by weights 1 3 3 1', () => {
    const out = resample([8, 0, 0, 0, 16, 0, 0, 8], { height: 1, width: 8 }, { height: 1, width: 4 }, 1);
    expect([...out].slice(1, 3)).toEqual([(0 * 1 + 0 * 3 + 0 * 3 + 16) / 8, (0 * 1 + 16 * 3 + 0 * 3 + 0 * 1) / 8]);
    expect(out[0]).toBeCloseTo((8 * 3) / 7, 12); // the weight outside of the image is left out
  });

  it('treats channels, rows and columns separately', () => {
    const pixels = Uint8Array.from({ length: 4 * 6 * 3 }, (_, i) => (i * 37) % 256);
    const whole = resample(pixels, { height: 4, width: 6 }, { height: 3, width: 5 }, 3);
    for (let c = 0; c < 3; c++) {
      const single = pixels.filter((_, i) => i % 3 === c);
      const turned = Uint8Array.from({ length: 24 }, (_, i) => single[(i % 4) * 6 + Math.floor(i / 4)]!);
      const plain = resample(single, { height: 4, width: 6 }, { height: 3, width: 5 }, 1);
      const back = resample(turned, { height: 6, width: 4 }, { height: 5, width: 3 }, 1);
      plain.forEach((value, i) => {
        expect(whole[3 * i + c]).toBeCloseTo(value, 10);
        expect(back[(i % 5) * 3 + Math.floor(i / 5)]).toBeCloseTo(value, 10);
      });
    }
  });
});

describe('resizePixels and resizeMask', () => {
  it('leave the same size untouched', () => {
    const pixels = Uint8Array.from([1, 2, 3, 4]);
    expect(resizePixels(pixels, { height: 2, width: 2 }, { height: 2, width: 2 }, 1)).toBe(pixels);
  });

  it('keep the share of a mask', () => {
    const mask = Uint8Array.from({ length: 40 * 40 }, (_, i) => (i % 40 < 10 ? 1 : 0));
    const small = resizeMask(mask, { height: 40, width: 40 }, { height: 16, width: 16 });
    expect(small.reduce((sum, value) => sum + value, 0) / small.length).toBe(0.25);
    const large = resizeMask(small, { height: 16, width: 16 }, { height: 50, width: 48 });
    expect(large.reduce((sum, value) => sum + value, 0) / large.length).toBe(0.25);
  });
});
