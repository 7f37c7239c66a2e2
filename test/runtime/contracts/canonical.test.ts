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
    ['undefined in a list', [undefined]],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a Map', new Map()],
    ['a Date', new Date(0)],
    ['a typed array', new Float32Array(1)],
  ])('%s is refused', (_, value) => {
    expect(() => canonical({ value: [value] })).toThrow(TypeError);
  });

  test('a cycle is refused', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => canonical(cycle)).toThrow(TypeError);
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
