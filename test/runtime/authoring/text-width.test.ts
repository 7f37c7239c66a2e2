import { expect, test } from 'vitest';
import { endOf, padLeft, padRight, startOf, widthOf } from '../../../src/runtime/authoring/text-width.ts';

const TEXT = '名e\u0301😀👩\u200d🔬';

test('wide, combining and joined characters', () => {
  expect(widthOf('plain')).toBe(5);
  expect(widthOf(TEXT)).toBe(7);
  expect(padRight(TEXT, 9)).toBe(`${TEXT}  `);
  expect(padLeft(TEXT, 9)).toBe(`  ${TEXT}`);
  expect(padLeft(TEXT, 3)).toBe(TEXT);
});

test('no character is cut in two', () => {
  expect([2, 3, 4, 5, 6, 7].map((columns) => startOf(TEXT, columns))).toEqual([
    '名',
    '名e\u0301',
    '名e\u0301',
    '名e\u0301😀',
    '名e\u0301😀',
    TEXT,
  ]);
  expect([1, 2, 3, 5, 7].map((columns) => endOf(TEXT, columns))).toEqual([
    '',
    '👩\u200d🔬',
    '👩\u200d🔬',
    'e\u0301😀👩\u200d🔬',
    TEXT,
  ]);
});
