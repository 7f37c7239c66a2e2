// Failures as JSON: the position in lines and columns, and everything that people see.
import { expect, it } from 'vitest';
import { failureJson } from '../../../src/commands/view/failure-json.ts';
import { failure } from '../../../src/runtime/contracts/failure.ts';

it('counts lines and columns from 1, in characters', () => {
  const text = 'a: 1\n😀: wrong\n';
  const start = text.indexOf('wrong');
  const given = { reason: 'x', headline: 'h', step: 's', range: { file: '/p/a.yaml', start, end: start + 5 } };
  expect(failureJson({ ...given, values: {} }, new Map([['/p/a.yaml', text]]))).toEqual({
    reason: 'x',
    headline: 'h',
    step: 's',
    file: '/p/a.yaml',
    line: 2,
    column: 4,
    end_line: 2,
    end_column: 9,
  });
});

it('names a file that cannot be read any more', () => {
  const range = { file: '/nowhere/a.yaml', start: 1, end: 2 };
  expect(failureJson({ reason: 'x', headline: 'h', range })).toEqual({ reason: 'x', headline: 'h', file: range.file });
});

it('holds words, place and data', () => {
  const given = failure('timeout', { node: 'n', seconds: 2 }, { step: 's', item: 'cat.png' });
  expect(failureJson(given)).toEqual({
    reason: 'timeout',
    step: 's',
    item: 'cat.png',
    headline: 'n was stopped after 2 s',
    values: { node: 'n', 'timeout (s)': 2 },
    help: expect.stringContaining('timeout:'),
    data: { node: 'n', seconds: 2 },
  });
});
