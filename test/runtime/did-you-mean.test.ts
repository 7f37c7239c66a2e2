import { expect, test } from 'vitest';
import { didYouMean, listNames } from '../../src/runtime/did-you-mean.ts';

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

test.each(['zebra', 'x', '', 'normalisation'])('%s means nothing', (name) => {
  expect(didYouMean(name, ['images', 'layer', 'tap'])).toBeUndefined();
});

test('very many names are cut off', () => {
  expect(listNames(['a', 'b', 'c'], 2)).toBe('a, b, ... (1 more)');
  expect(listNames([])).toBe('(none)');
});
