import { describe, expect, it } from 'vitest';
import { philox4x32, Random } from '../../src/math/random.ts';
import { Phi } from './relu-truth.ts';

function hex(counter: readonly [number, number, number, number], key: readonly [number, number]): string[] {
  const out = new Int32Array(4);
  philox4x32(...counter, key, out, 0);
  return Array.from(out, (word) => (word >>> 0).toString(16).padStart(8, '0'));
}

describe('philox4x32', () => {
  it('gives the known answers of its authors', () => {
    const ones = 0xffffffff;
    expect(hex([0, 0, 0, 0], [0, 0])).toEqual(['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']);
    expect(hex([ones, ones, ones, ones], [ones, ones])).toEqual(['408f276d', '41c83b0e', 'a20bc7c6', '6d5451fd']);
    expect(hex([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      'd16cfe09',
      '94fdcceb',
      '5001e420',
      '24126ea1',
    ]);
  });
});

describe('Random', () => {
  it('draws normal numbers: chi-square over 100 equally likely cells', () => {
    const n = 400_000;
    const values = new Float64Array(n);
    new Random('normal').fillNormal(values);
    const cells = new Float64Array(100);
    for (const value of values) cells[Math.min(99, Math.floor(100 * Phi(value)))]! += 1;
    const chi2 = cells.reduce((sum, count) => sum + (count - n / 100) ** 2 / (n / 100), 0);
    // 99 degrees of freedom: mean 99, standard deviation 14.1.
    expect(Math.abs(chi2 - 99)).toBeLessThan(4 * 14.1);
  });

  it('has the tails and moments of the normal distribution', () => {
    const n = 1_000_000;
    const values = new Float32Array(n);
    new Random('tails').fillNormal(values);
    const moment = (power: number): number => values.reduce((sum, value) => sum + value ** power, 0) / n;
    expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
    const far = values.filter((value) => Math.abs(value) > 3.5).length;
    const expected = 2 * (1 - Phi(3.5)) * n;
    expect(Math.abs(far - expected)).toBeLessThan(4 * Math.sqrt(expected));
  });

  it('repeats itself for a seed, differs for others, and normal() continues fillNormal()', () => {
    const draw = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.normal());
    const filled = new Float64Array(5000);
    new Random('a').fillNormal(filled);
    expect(draw(new Random('a'), 5000)).toEqual(Array.from(filled));
    expect(draw(new Random('b'), 10)).not.toEqual(draw(new Random('a'), 10));
    const used = new Random('a');
    used.normal();
    expect(draw(used.split('x'), 10)).toEqual(draw(new Random('a').split('x'), 10));
    expect(draw(used.split('x'), 10)).not.toEqual(draw(used.split('y'), 10));
  });

  it('makes streams of similar seeds that are not correlated', () => {
    const n = 100_000;
    const streams = ['seed/0', 'seed/1', 'seed/10', 'deed/0', ''].map((seed) => {
      const values = new Float64Array(n);
      new Random(seed).fillNormal(values);
      return values;
    });
    for (const [i, a] of streams.entries()) {
      for (const b of streams.slice(i + 1)) {
        const product = a.reduce((sum, value, at) => sum + value * b[at]!, 0);
        expect(Math.abs(product / Math.sqrt(n))).toBeLessThan(4.5);
      }
    }
  });

  it('draws uniform numbers in (0, 1) and integers below a bound', () => {
    const random = new Random('uniform');
    let sum = 0;
    for (let i = 0; i < 100_000; i++) sum += random.uniform();
    expect(Math.abs(sum / 100_000 - 0.5)).toBeLessThan(4 / Math.sqrt(12 * 100_000));
    const seen = new Set(Array.from({ length: 1000 }, () => random.below(7)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});
