// A table in the terminal: what is not known is left out, and a SID is never shown without its constraint ratio.
import { expect, it } from 'vitest';
import type { Column, Row } from '../../../src/runtime/contracts/artifact.ts';
import { renderTable } from '../../../src/commands/view/table-text.ts';
import { sidKind } from '../../../src/nodes/kinds/sid.ts';

const columns: Readonly<Record<string, Column>> = {
  architecture: { type: 'utf8', doc: 'axis' },
  layer: { type: 'utf8', doc: 'axis' },
  ...sidKind.columns,
};
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
    const text = renderTable({ columns, rows }, width);
    expect(text).toContain('-2.500 ± 0.010');
    expect(text).toContain('1.010 ± 0.020');
  }
});

it('leaves out what is null throughout, and what only counts it', () => {
  const rows = [row('conv1', -2.5, 1), row('conv2', -2, 1)];
  expect(renderTable({ columns, rows }, 200)).not.toContain('concentration');
  const known = rows.map((one) => ({ ...one, concentration: 0.5, concentration_images: 2 }));
  expect(renderTable({ columns, rows: known }, 200)).toContain('concentration');
});

it('says all of a single row, with the grid and the units', () => {
  const one = { ...row('conv1', -2.5, 1), grid: 'pixel/shared', units: 'nats/unit' };
  expect(renderTable({ columns, rows: [one] }, 60)).toMatch(/besides: .*grid pixel\/shared, units nats\/unit/);
});

it('says an error that is equal in all rows with its value', () => {
  const rows = [row('conv1', -2.5, 1), row('conv2', -2, 1)];
  expect(renderTable({ columns, rows }, 200)).toMatch(/in all rows:.*constraint_ratio 1\.000 ± 0\.020/);
  expect(renderTable({ columns, rows }, 60)).toContain('1.000 ± 0.020');
});
