import { expect, test } from 'vitest';
import { didYouMean, listNames } from '../../../src/runtime/contracts/did-you-mean.ts';

test.each([
  ['lyaer', 'layer'],
  ['Layer', 'layer'],
  ['layers', 'layer'],
  ['delta-f2', 'delta_f2'],
  ['deltaF2', 'delta_f2'],
  ['conc', 'concentration'],
  ['estimate-deltaf2', 'estimate-delta-f2'],
  ['imgs', 'images'],
])('%s means %s', (name, meant) => {
  expect(didYouMean(name, ['images', 'layer', 'delta_f2', 'concentration', 'estimate-delta-f2', 'tap'])).toBe(meant);
});

test.each([
  ['layr2', ['layer1', 'layer2'], 'layer2'],
  ['layr2', ['layer1.2', 'layer2'], 'layer2'],
  ['lyaer1', ['layer1', 'layer2'], 'layer1'],
  ['FC', ['fc', 'conv1'], 'fc'],
  ['a', [], undefined],
])('%s of %j is %s', (name, known, meant) => {
  expect(didYouMean(name, known)).toBe(meant);
});

test.each(['zebra', 'x', '', 'normalisation'])('%s means nothing', (name) => {
  expect(didYouMean(name, ['images', 'layer', 'tap'])).toBeUndefined();
});

test('very many names are cut off', () => {
  expect(listNames(['a', 'b', 'c'], 2)).toBe('a, b, ... (1 more)');
  expect(listNames([])).toBe('(none)');
});
