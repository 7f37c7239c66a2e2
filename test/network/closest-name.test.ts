import { describe, expect, it } from 'vitest';
import { closestName, listNames } from '../../src/network/closest-name.ts';

describe('closestName', () => {
  it.each([
    ['layr2', ['layer1', 'layer2'], 'layer2'],
    ['lyaer1', ['layer1', 'layer2'], 'layer1'],
    ['FC', ['fc', 'conv1'], 'fc'],
    ['conv', ['conv1', 'fc'], 'conv1'],
    ['xyz', ['conv1', 'fc'], undefined],
    ['a', [], undefined],
    ['', ['fc'], undefined],
  ])('%s of %j is %s', (name, candidates, expected) => {
    expect(closestName(name, candidates)).toBe(expected);
  });
});

describe('listNames', () => {
  it('counts what it leaves out', () => {
    expect(listNames(['a', 'b', 'c'], 2)).toBe('a, b, … (1 more)');
    expect(listNames(['a', 'b'], 2)).toBe('a, b');
  });
});
