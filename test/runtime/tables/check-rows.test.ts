// Rows are checked against their kind: presence, type, NaN, axes.
import { describe, expect, it } from 'vitest';
import { defineKind } from '../../../src/runtime/contracts/artifact.ts';
import type { Kind, Row } from '../../../src/runtime/contracts/artifact.ts';
import { checkRows } from '../../../src/runtime/tables/check-rows.ts';
import type { TableContent } from '../../../src/runtime/tables/table.ts';
import { FailureError } from '../../../src/runtime/contracts/failure.ts';
import type { Failure } from '../../../src/runtime/contracts/failure.ts';

const kind: Kind = defineKind({
  name: 'all',
  doc: 'One column of every type.',
  codec: 'table',
  columns: {
    text: { type: 'utf8', doc: '' },
    yes: { type: 'bool', doc: '' },
    count: { type: 'int32', doc: '' },
    value: { type: 'float64', doc: '' },
    maybe: { type: 'float64', doc: '', nullable: true },
    map: { type: 'float32[]', doc: '' },
  },
});
const good: Row = { text: 'a', yes: true, count: 3, value: 0.5, maybe: null, map: new Float32Array(2) };

function failureOf(rows: TableContent, of: Kind = kind, without: readonly string[] = []): Failure | undefined {
  try {
    checkRows(rows, { node: 'maker', kind: of, without });
    return undefined;
  } catch (error) {
    return error instanceof FailureError ? error.failure : undefined;
  }
}

describe('checkRows', () => {
  it('accepts what fits', () => {
    expect(failureOf([])).toBeUndefined();
    expect(failureOf([good, { ...good, maybe: NaN }, { ...good, maybe: 1, value: Number.MAX_VALUE }])).toBeUndefined();
    const rest = Object.fromEntries(Object.entries(good).filter(([name]) => name !== 'count'));
    expect(failureOf([rest], kind, ['count'])).toBeUndefined();
  });

  it.each<[string, Partial<Record<string, unknown>>, string]>([
    ['text', { text: 1 }, 'is 1, but the column is utf8'],
    ['yes', { yes: 'true' }, 'is the text "true", but the column is bool'],
    ['count', { count: 1.5 }, 'is 1.5, but the column is int32'],
    ['count', { count: 2 ** 31 }, 'but the column is int32'],
    ['value', { value: NaN }, 'is NaN, but the column is not nullable'],
    ['value', { value: null }, 'is null, but the column is not nullable'],
    ['value', { value: -Infinity }, 'is -Infinity, which is not finite'],
    ['maybe', { maybe: Infinity }, 'is Infinity, which is not finite'],
    ['map', { map: Float32Array.of(0, NaN, 1) }, 'holds NaN at position 1 of 3'],
    ['map', { map: Float32Array.of(Infinity) }, 'holds Infinity at position 0 of 1'],
    ['maybe', { maybe: undefined }, 'is missing'],
    ['map', { map: [1, 2] }, 'but the column is float32[]'],
    ['extra', { extra: 1 }, 'is not declared by the kind all'],
  ])('names the column %s', (column, change, message) => {
    const failure = failureOf([good, { ...good, ...change } as Row]);
    expect(failure).toMatchObject({ reason: 'bad-row', values: { node: 'maker', kind: 'all', row: 1, column } });
    expect(failure?.headline).toContain(message);
  });

  it('takes columns as well as rows', () => {
    const cells = Object.fromEntries(Object.entries(good).map(([name, cell]) => [name, [cell, cell]]));
    expect(failureOf(cells)).toBeUndefined();
    expect(failureOf({ ...cells, value: [1, NaN] })).toMatchObject({ values: { row: 1, column: 'value' } });
    expect(failureOf({ ...cells, value: [1] })).toMatchObject({ reason: 'no-rows' });
    expect(failureOf({ ...cells, layer: ['a', 'b'] })).toMatchObject({ values: { column: 'layer' } });
    expect(failureOf({ ...cells, layer: ['a', 'b'] }, { ...kind, axes: true })).toBeUndefined();
    const rest = Object.fromEntries(Object.entries(cells).filter(([name]) => name !== 'count'));
    expect(failureOf(rest)).toMatchObject({ values: { row: 0, column: 'count' } });
  });

  it('requires the same axes in every row', () => {
    const swept: Kind = { ...kind, axes: true };
    expect(
      failureOf(
        [
          { layer: 'a', ...good },
          { layer: 'b', ...good },
        ],
        swept,
      ),
    ).toBeUndefined();
    expect(failureOf([{ layer: 'a', ...good }, good], swept)).toMatchObject({
      values: { row: 1, column: 'layer' },
    });
  });

  it('names the value, and requires finite axes', () => {
    expect(failureOf([{ ...good, value: Infinity }])?.values).toMatchObject({ row: 0, value: 'Infinity' });
    expect(failureOf([{ ...good, map: Float32Array.of(0, NaN) }])?.values).toMatchObject({ value: 'NaN' });
    expect(failureOf([{ strength: Infinity, ...good }], { ...kind, axes: true })?.values).toMatchObject({
      column: 'strength',
      value: 'Infinity',
    });
  });

  it('rejects rows that are not a list, and kinds that are not table kinds', () => {
    expect(failureOf('rows' as unknown as Row[])?.headline).toContain('neither a list of rows nor columns');
    expect(failureOf([], { name: 'x', doc: '', codec: 'json' })?.headline).toContain('not a table kind');
  });
});
