// Node type `aggregate`: joins the measurements of a whole sweep, per point and per image. It measures nothing and
// knows no metric by name: the declarations of the columns say how the columns are reduced.
import { Type } from '@sinclair/typebox';
import type { Cell, Column, Columns, Row, Table } from '../../runtime/contracts/artifact.ts';
import { defineNode, type Axes, type InputArtifact } from '../../runtime/contracts/define.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import type { MeanAndError } from '../../math/mean-and-error.ts';
import { checkAxes, describePoint } from '../kinds/axis-columns.ts';
import { concentrationKind } from '../kinds/concentration.ts';
import { joinedImagesKind } from '../kinds/joined-images.ts';
import { measurementKind } from '../kinds/measurement.ts';
import { summaryKind } from '../kinds/summary.ts';
import { countName, errorName, imageColumns, metricsOf, statedErrorName, summaryColumns } from './metric-columns.ts';
import type { JoinedColumns } from './metric-columns.ts';

export const aggregate = defineNode({
  type: 'aggregate',
  version: 2,
  doc: `Joins the measurements of a sweep into one table with one row per point (for example network and layer), in the order of the sweep, and a second table with one row per image.

Any metric can be joined: the declaration of its columns says how they are reduced over the images. \`_se\` columns are standard errors of means, from the scatter of the images; \`_measurement_se\` columns are means of the errors that the measurement itself reports. Concentrations are matched to the points of the sweep by their axes; a point without one gets null.`,
  params: Type.Object({}, { additionalProperties: false }),
  inputs: {
    tables: { kind: measurementKind, many: true, doc: 'Measurements, one table per point of the sweep.' },
    concentration: { kind: concentrationKind, many: true, optional: true, doc: 'Concentrations of the same points.' },
  },
  outputs: {
    table: {
      kind: summaryKind,
      doc: 'One row per point of the sweep.',
      columns: (inputs) => summaryColumns(joinedColumns(inputs['tables'], inputs['concentration'])),
    },
    images: {
      kind: joinedImagesKind,
      doc: 'One row per point and image, with the map of the pixels.',
      columns: (inputs) => imageColumns(joinedColumns(inputs['tables'], inputs['concentration'])),
    },
  },
  light: true,
  examples: [
    `pipeline: two-layers
steps:
  training: { use: make-shapes, with: { count: 40, size: 16 } }
  test: { use: make-shapes, with: { count: 2, size: 16, offset: 40 } }
  network: { use: train-network, with: { architecture: small-conv, epochs: 1 }, from: { data: training } }
  tap: { use: tap-layer, from: { network: network }, each: { layer: [conv1, fc] } }
  delta: { use: estimate-delta-f2, from: { tap: tap, data: test } }
  sigma: { use: optimize-sigma, from: { tap: tap, delta: delta, data: test } }
  focus: { use: concentration, from: { sigma: sigma, data: test } }
  table: { use: aggregate, from: { tables: sigma, concentration: focus } }
`,
  ],
  check({ inputs }) {
    const [first] = inputs.tables ?? [];
    if (first?.columns === undefined || metricsOf(first.columns).length > 0) return [];
    return [{ ...failure('no-metric', { of: first.node }), port: 'tables' }];
  },
  async run(context) {
    const { meanAndError } = await import('../../math/mean-and-error.ts');
    const { tables, concentration = [] } = context.inputs;
    const points: Point[] = [];
    for (const [done, table] of tables.entries()) {
      context.signal.throwIfAborted();
      points.push(await readPoint(table, concentration));
      context.progress(done + 1, tables.length, 'tables');
    }
    const second = concentration[0] && (await concentration[0].table()).columns;
    const columns = { measured: sameColumns(points), second };
    if (metricsOf(columns.measured).length === 0) fail(failure('no-metric', { of: tables[0]?.kind ?? '' }));
    const summary = { ...summaryKind, columns: summaryColumns(columns) };
    const images = { ...joinedImagesKind, columns: imageColumns(columns) };
    for (const kind of [summary, images])
      checkAxes(
        kind,
        points.map(({ axes }) => axes),
      );
    const rows = points.map((point) => {
      const all = summarise(point, columns, meanAndError);
      const declared = Object.keys(summary.columns).map((name) => [name, all[name] ?? null] as const);
      return { ...point.axes, ...Object.fromEntries(declared) };
    });
    const names = [...Object.keys(points[0]?.axes ?? {}), ...Object.keys(images.columns)];
    const cells = names.map((name) => [name, points.flatMap((point) => point.cells(name))] as const);
    return {
      table: await context.table(summary, rows),
      images: await context.table(images, Object.fromEntries(cells)),
    };
  },
});

/**
 * Returns the columns of the incoming tables, by port. The first point represents all points, since all points have the
 * same columns.
 */
function joinedColumns(tables: readonly Columns[] = [], concentration: readonly Columns[] = []): JoinedColumns {
  return { measured: tables[0] ?? {}, second: concentration[0] };
}

/** A point of the sweep with its images. */
interface Point {
  readonly axes: Axes;
  readonly table: Table;
  /**
   * Returns a column of the joined table, one cell per image. The column `name` is an axis, or a column of the
   * measurement or of the concentration.
   */
  cells(name: string): readonly Cell[];
}

async function readPoint(input: InputArtifact, concentrations: readonly InputArtifact[]): Promise<Point> {
  const { axes } = input;
  const table = await input.table();
  if (table.length === 0) fail(failure('empty-table', { point: describePoint(axes) }));
  const second = await concentrationOf(axes, concentrations);
  const at = new Map(second?.cells('index').map((index, row) => [index, row]));
  return {
    axes,
    table,
    cells(name) {
      const axis = axes[name];
      if (axis !== undefined) return new Array<Cell>(table.length).fill(axis);
      if (table.columns[name]) return table.cells(name);
      const cells = second?.cells(name) ?? [];
      return table.cells('index').map((index) => cells[at.get(index) ?? -1] ?? null);
    },
  };
}

/**
 * Returns the table of concentrations for the point `axes`: the table that has the same values on all axes that it
 * shares with the point. Undefined if there is no such table.
 */
async function concentrationOf(axes: Axes, concentrations: readonly InputArtifact[]): Promise<Table | undefined> {
  const fitting = concentrations.filter((one) =>
    Object.entries(one.axes).every(([name, value]) => (axes[name] ?? value) === value),
  );
  if (fitting.length > 1) {
    const points = fitting.map((one) => describePoint(one.axes));
    fail(failure('ambiguous-axes', { point: describePoint(axes), fitting: points }));
  }
  return fitting[0]?.table();
}

/** Returns the columns of the tables. Fails with `mixed-columns` if the tables have different columns. */
function sameColumns(points: readonly Point[]): Columns {
  const columns = points[0]?.table.columns ?? {};
  const names = Object.keys(columns);
  for (const { table } of points) {
    const others = Object.keys(table.columns);
    if (others.join() !== names.join()) fail(failure('mixed-columns', { one: names, another: others }));
  }
  return columns;
}

type Measure = (values: readonly number[]) => MeanAndError;

function summarise(point: Point, { measured, second = {} }: JoinedColumns, meanAndError: Measure): Row {
  const row: Record<string, Cell> = {};
  for (const [name, column] of Object.entries({ ...measured, ...second })) {
    if (column.over !== undefined) Object.assign(row, reduce(name, column, point, meanAndError));
  }
  const [metric = ''] = metricsOf(measured);
  return { ...row, images: point.table.length, units: measured[metric]?.unit ?? '1' };
}

/**
 * Returns all summary values of a column. metric-columns.ts declares which of these values become columns of the table.
 */
function reduce(name: string, { over, error, nullable }: Column, point: Point, meanAndError: Measure): Row {
  const cells = point.cells(name);
  if (over === 'first') return { [name]: cells[0] ?? null };
  if (over === 'count') {
    const isUnknown = nullable === true && cells.every((cell) => cell === null);
    return { [name]: isUnknown ? null : cells.filter((cell) => cell === true).length };
  }
  const known = numbersIn(cells);
  const { mean, error: scatter } = known.length === 0 ? NOTHING : meanAndError(known);
  const stated = error === undefined ? [] : numbersIn(point.cells(error));
  return {
    [name]: mean,
    [errorName(name)]: known.length > 1 ? scatter : null,
    [countName(name)]: known.length,
    [statedErrorName(name)]: stated.length === 0 ? null : meanAndError(stated).mean,
  };
}

const NOTHING = { mean: null, error: null };

const numbersIn = (cells: readonly Cell[]): readonly number[] =>
  cells.filter((cell): cell is number => typeof cell === 'number' && !Number.isNaN(cell));
