import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nextWord, Random } from '../../src/math/random.ts';
import { Phi } from './relu-truth.ts';

/** Where the tail of the ziggurat begins. */
const TAIL = 3.442619855899;

/** xoshiro128** by its definition, in integers of arbitrary size. */
function naiveWords(start: readonly number[], count: number): bigint[] {
  const mask = 0xffffffffn;
  const rotate = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask;
  const s = start.map((word) => BigInt(word >>> 0));
  return Array.from({ length: count }, () => {
    const result = (rotate((s[1]! * 5n) & mask, 7n) * 9n) & mask;
    const t = (s[1]! << 9n) & mask;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotate(s[3]!, 11n);
    return result;
  });
}

describe('xoshiro128**', () => {
  it.each([
    [1, 2, 3, 4],
    [-1, 0x7fffffff, -0x80000000, 12345],
  ])('from %j on is what its definition says', (...start) => {
    const state = Int32Array.from(start);
    const words = Array.from({ length: 1005 }, () => BigInt(nextWord(state) >>> 0));
    expect(words).toEqual(naiveWords(start, 1005));
  });

  it('gives the reference values of its authors', () => {
    const state = Int32Array.of(1, 2, 3, 4);
    expect(Array.from({ length: 4 }, () => nextWord(state))).toEqual([11520, 0, 5927040, 70819200]);
  });
});

describe('Random', () => {
  it('draws both signs equally often, and neighbours independently', () => {
    const n = 1_000_000;
    const signs = new Float32Array(n);
    new Random('signs').fillSigns(signs);
    const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(signs.every((sign) => Math.abs(sign) === 1)).toBe(true);
    for (const lag of [1, 2, 31, 32, 33]) {
      expect(Math.abs(mean(signs.slice(lag).map((sign, i) => sign * signs[i]!)))).toBeLessThan(4 / Math.sqrt(n));
    }
    expect(Math.abs(mean(signs))).toBeLessThan(4 / Math.sqrt(n));
  });

  it('draws normal numbers: chi-square over 100 equally likely cells', () => {
    const n = 400_000;
    const values = new Float64Array(n);
    new Random('normal').fillNormal(values);
    const cells = new Float64Array(100);
    for (const value of values) cells[Math.min(99, Math.floor(100 * Phi(value)))]! += 1;
    const chi2 = cells.reduce((sum, count) => sum + (count - n / 100) ** 2 / (n / 100), 0);
    // 99 degrees of freedom: mean 99, standard deviation 14.1
    expect(Math.abs(chi2 - 99)).toBeLessThan(4 * 14.1);
  });

  it('draws every part of the normal distribution as often as it should', () => {
    const [blocks, width] = [16, 0.02];
    const cells = new Float64Array(Math.ceil(8 / width));
    const values = new Float32Array(1_000_000);
    const random = new Random('cells');
    let [beyond, excess] = [0, 0];
    for (let block = 0; block < blocks; block++) {
      random.fillNormal(values);
      for (const value of values) {
        cells[Math.floor(value / width + cells.length / 2)]! += 1;
        if (Math.abs(value) > TAIL) {
          beyond += 1;
          excess += Math.abs(value) - TAIL;
        }
      }
    }
    const n = blocks * values.length;
    let [chi2, freedom] = [0, 0];
    cells.forEach((count, cell) => {
      const left = (cell - cells.length / 2) * width;
      const expected = n * (Phi(left + width) - Phi(left));
      if (expected < 50) return;
      chi2 += (count - expected) ** 2 / expected;
      freedom += 1;
    });
    expect(Math.abs(chi2 - freedom)).toBeLessThan(4 * Math.sqrt(2 * freedom));
    // Beyond TAIL the method is another one. Mean and variance of the excess there: density / probability - TAIL, etc.
    const hazard = Math.exp(-(TAIL ** 2) / 2) / Math.sqrt(2 * Math.PI) / (1 - Phi(TAIL));
    const variance = 1 + TAIL * hazard - hazard ** 2;
    expect(Math.abs(excess / beyond - (hazard - TAIL))).toBeLessThan(4 * Math.sqrt(variance / beyond));
    expect(Math.abs(beyond - 2 * n * (1 - Phi(TAIL)))).toBeLessThan(4 * Math.sqrt(beyond));
  });

  it('gives the same numbers for a seed for ever, because they decide every result', () => {
    const random = new Random('lethe');
    const words = [random.word(), random.word(), random.split('a').word(), random.split(0).word()];
    const values = new Float64Array(100_000);
    random.fillNormal(values);
    const digest = createHash('sha256').update(values).digest('hex').slice(0, 16);
    expect({ words, digest }).toEqual({
      words: [1534629022, 1653080860, 1171314746, 572383711],
      digest: '4a70cd9f7f7f922c',
    });
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

  it.each([1, 31, 16_384, 40_001])(
    'fills %i numbers, in float32 and float64, as normal() gives one by one',
    (count) => {
      const [filling, single] = [new Random('bits'), new Random('bits')];
      for (const out of [new Float32Array(count), new Float64Array(count), new Float32Array(count)]) {
        filling.fillNormal(out);
        const wanted = out.map(() => single.normal());
        expect(out).toEqual(wanted);
      }
      expect(filling.word()).toBe(single.word());
    },
  );

  it.each([1, 32, 16_385])('takes %i signs from the bits of words, lowest first, and drops what is left', (count) => {
    const [filling, single] = [new Random('bits'), new Random('bits')];
    const [signs, wanted] = [new Float32Array(count), new Float32Array(count)];
    for (let i = 0, word = 0; i < count; i++, word >>>= 1) {
      if (i % 32 === 0) word = single.word();
      wanted[i] = word & 1 ? -1 : 1;
    }
    filling.fillSigns(signs);
    expect(signs).toEqual(wanted);
    expect(filling.word()).toBe(single.word());
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
