// A table in the terminal: columns without information are left out, and columns that require each other are shown
// together.
import { expect, it } from 'vitest';
import type { Column, Row } from '../../../src/runtime/contracts/artifact.ts';
import { renderTable } from '../../../src/commands/view/table-text.ts';
import type { TableView } from '../../../src/commands/view/table-text.ts';
import { concentrationKind } from '../../../src/nodes/kinds/concentration.ts';
import { sigmaKind } from '../../../src/nodes/kinds/sigma.ts';
import { summaryColumns } from '../../../src/nodes/tables/metric-columns.ts';

const columns: Readonly<Record<string, Column>> = {
  architecture: { type: 'utf8', doc: 'axis' },
  layer: { type: 'utf8', doc: 'axis' },
  ...summaryColumns({ measured: sigmaKind.columns, second: concentrationKind.columns }),
};
const tableOf = (rows: readonly Row[], of = columns): TableView => ({
  columns: of,
  length: rows.length,
  cells: (name) => rows.map((one) => one[name] ?? null),
});
const row = (layer: string, sid: number, ratio: number): Row => ({
  ...Object.fromEntries(Object.keys(columns).map((name) => [name, null])),
  architecture: `resnet20-${layer}`,
  layer,
  sid,
  sid_se: 0.01,
  constraint_ratio: ratio,
  constraint_ratio_se: 0.02,
  concentration_images: 0,
  method: 'hybrid',
});

it.each([60, 80, 100])('shows the constraint ratio with its error wherever it shows the SID, %d wide', (width) => {
  for (const rows of [[row('conv1', -2.5, 1.01)], [row('conv1', -2.5, 1.01), row('layer1.0.conv2', -1.5, 0.99)]]) {
    const text = renderTable(tableOf(rows), width);
    expect(text).toContain('-2.500 ± 0.010');
    expect(text).toContain('1.010 ± 0.020');
  }
});

it('leaves out columns that are null in all rows, and columns that only count their values', () => {
  const rows = [row('conv1', -2.5, 1), row('conv2', -2, 1)];
  expect(renderTable(tableOf(rows), 200)).not.toContain('concentration');
  const known = rows.map((one) => ({ ...one, concentration: 0.5, concentration_images: 2 }));
  expect(renderTable(tableOf(known), 200)).toContain('concentration');
});

it('shows all values of a single row, with the grid and the units', () => {
  const one = { ...row('conv1', -2.5, 1), grid: 'pixel/shared', units: 'nats/unit' };
  expect(renderTable(tableOf([one]), 60)).toMatch(/also: .*grid pixel\/shared, units nats\/unit/);
});

it('shows a value that is equal in all rows with its error', () => {
  const rows = [row('conv1', -2.5, 1), row('conv2', -2, 1)];
  expect(renderTable(tableOf(rows), 200)).toMatch(/in all rows:.*constraint_ratio 1\.000 ± 0\.020/);
  expect(renderTable(tableOf(rows), 60)).toContain('1.000 ± 0.020');
});

it('leaves out a column if the column that it requires does not fit', () => {
  const wide: Readonly<Record<string, Column>> = {
    a: { type: 'int32', doc: 'a' },
    ru: { type: 'float64', doc: 'b', beside: ['ru_bound_with_a_long_name'] },
    other: { type: 'float64', doc: 'c', beside: ['other_bound_with_a_long_name'] },
    other_bound_with_a_long_name: { type: 'float64', doc: 'd' },
    ru_bound_with_a_long_name: { type: 'float64', doc: 'e' },
  };
  const rows = [0, 1].map((i) => Object.fromEntries(Object.keys(wide).map((name, j) => [name, i + j])));
  const [head, , , , , hidden] = renderTable(tableOf(rows, wide), 45).split('\n');
  expect(head).toBe('a  ru  ru_bound_with_a_long_name');
  expect(hidden).toBe('more columns in the file: other, other_bound_with_a_long_name');
});

it('measures the width of texts as the terminal does', () => {
  const text: Readonly<Record<string, Column>> = { layer: { type: 'utf8', doc: '' }, n: { type: 'int32', doc: '' } };
  const lines = renderTable(
    tableOf(
      [
        { layer: '卷积', n: 1 },
        { layer: 'conv', n: 2 },
      ],
      text,
    ),
    80,
  ).split('\n');
  expect(lines.slice(0, 4)).toEqual(['layer  n', '─────  ─', '卷积   1', 'conv   2']);
});
