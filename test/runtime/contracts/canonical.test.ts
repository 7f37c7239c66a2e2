import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical } from '../../../src/runtime/contracts/canonical.ts';

describe('canonical JSON', () => {
  test.each([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [1.0, '1'],
    [-0, '0'],
    [1e21, '1e+21'],
    [5e-324, '5e-324'],
    [9007199254740993, '9007199254740992'],
    [0.1 + 0.2, '0.30000000000000004'],
    ['\u2028"\\\n\ud800é😀', '"\u2028\\"\\\\\\n\\ud800é😀"'],
    [{ é: 1, 'e\u0301': 2, z: 3, Z: 4, 10: 5, 9: 6 }, '{"10":5,"9":6,"Z":4,"e\u0301":2,"z":3,"é":1}'],
    [{ a: undefined, b: 1 }, '{"b":1}'],
    [[], '[]'],
    [{}, '{}'],
  ])('%j is %s', (value, text) => {
    expect(canonical(value)).toBe(text);
  });

  test.each([
    ['NaN', Number.NaN],
    ['Infinity', Infinity],
    ['undefined', undefined],
    ['bigint', 1n],
    ['function', () => 1],
    ['Map', new Map()],
    ['Date', new Date(0)],
    ['Float32Array', new Float32Array(1)],
  ])('%s is refused', (name, value) => {
    const error = new TypeError(`${name} has no canonical JSON form`);
    expect(() => canonical({ value: [value] })).toThrow(error);
    expect(() => canonical([{ value }, undefined])).toThrow(TypeError);
  });

  test('a cycle is refused', () => {
    const list: unknown[] = [];
    list.push(list);
    const object: Record<string, unknown> = {};
    object['itself'] = object;
    for (const cycle of [list, object]) expect(() => canonical(cycle)).toThrow(TypeError);
  });

  test('200 levels of nesting are taken, and no more', () => {
    const nested = (levels: number): unknown => (levels === 0 ? [] : [nested(levels - 1)]);
    expect(canonical(nested(200))).toBe('['.repeat(201) + ']'.repeat(201));
    expect(() => canonical(nested(201))).toThrow('a value nested deeper than 200 has no canonical JSON form');
  });

  test('it is JSON, and reading and writing it again changes nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonical(value);
        expect(canonical(JSON.parse(text))).toBe(text);
        expect(canonical(JSON.parse(JSON.stringify(value)))).toBe(text);
      }),
    );
  });

  test('different values have different texts', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
        expect(canonical(a) === canonical(b)).toBe(same);
      }),
    );
  });
});

/** An equal value with sorted keys. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return { object: fields.map(([name, field]) => [name, sorted(field)]) };
}
