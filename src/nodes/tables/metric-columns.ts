// Columns of the tables that join measurements. They are derived from the columns that each measurement declares. This
// file knows no metric by name.
import type { Column, Columns } from '../../runtime/contracts/artifact.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import { summaryKind } from '../kinds/summary.ts';

/** Columns of the measurements to join (`measured`), and of another measurement of the same images (`second`). */
export interface JoinedColumns {
  readonly measured: Columns;
  readonly second?: Columns | undefined;
}

/**
 * Returns the metrics of a table: the names of the columns that are averaged over images. The table's own metric comes
 * first.
 */
export function metricsOf(columns: Columns): readonly string[] {
  return Object.keys(columns).filter((name) => columns[name]?.over === 'mean');
}

/**
 * Returns the columns of the table of images: first the columns of the measurement, then the columns of the second
 * measurement that have a rule `over`. Of the vectors of the measurement, only maps are included.
 */
export function imageColumns({ measured, second = {} }: JoinedColumns): Columns {
  const own = Object.entries(measured).filter(([, { type, map }]) => type !== 'float32[]' || map === true);
  const others = Object.entries(second).filter(([, { over }]) => over !== undefined);
  // nullable, because a point of the sweep may lack the second measurement
  return joinColumns(
    own,
    others.map(([name, column]) => [name, { ...column, nullable: true }]),
  );
}

/**
 * Returns the columns of the summary: the metric, the second measurement, the other columns of the measurement, the
 * means of the reported standard errors, and the columns of every `summary`, in this order.
 */
export function summaryColumns({ measured, second = {} }: JoinedColumns): Columns {
  const [metric] = metricsOf(measured);
  const rest = Object.keys(measured).filter((name) => name !== metric);
  return joinColumns(
    metric === undefined ? [] : reducedColumns(metric, measured, true),
    Object.keys(second).flatMap((name) => reducedColumns(name, nullable(second), false)),
    rest.flatMap((name) => reducedColumns(name, measured, false)),
    statedErrors(measured),
    Object.entries<Column>(summaryKind.columns),
  );
}

const nullable = (columns: Columns): Columns =>
  Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, { ...column, nullable: true as const }]));

export const errorName = (name: string): string => `${name}_se`;
export const countName = (name: string): string => `${name}_images`;
export const statedErrorName = (name: string): string => `${name}_measurement_se`;

type Named = readonly (readonly [string, Column])[];

/** Returns the summary columns that are made from one column; empty if the column is not reduced over images. */
function reducedColumns(name: string, columns: Columns, isMetric: boolean): Named {
  const column = columns[name];
  if (column?.over === undefined) return [];
  const { doc, unit, beside = [] } = column;
  const own = { doc, ...(unit === undefined ? {} : { unit }), ...(column.nullable ? { nullable: true as const } : {}) };
  if (column.over === 'first') return [[name, { ...own, type: column.type }]];
  if (column.over === 'count')
    return [[name, { ...own, type: 'int32', doc: `Number of images for which it holds: ${doc}` }]];
  const shown = beside.filter((other) => columns[other]?.over !== undefined);
  const mean: Column = {
    ...own,
    type: 'float64',
    doc: `${doc} Mean over the images.`,
    error: errorName(name),
    ...(isMetric ? { bar: true } : {}),
    ...(shown.length > 0 ? { beside: shown } : {}),
    ...(column.nullable ? { count: countName(name) } : {}),
  };
  const error: Column = {
    type: 'float64',
    ...(unit === undefined ? {} : { unit }),
    nullable: true,
    doc: `Standard error of the mean of ${name}, from the scatter of the images; null for one image.`,
  };
  const count: Column = { type: 'int32', doc: `Number of images that have a value of ${name}.` };
  return [[name, mean], [errorName(name), error], ...(column.nullable ? [[countName(name), count] as const] : [])];
}

/** Returns, for every averaged column that has a column of standard errors, a column with the mean of these errors. */
function statedErrors(columns: Columns): Named {
  return metricsOf(columns).flatMap((name): Named => {
    const error = columns[columns[name]?.error ?? ''];
    if (!error) return [];
    const { unit } = error;
    const doc = `Stated standard error of ${name} for one image, mean over the images.`;
    return [[statedErrorName(name), { type: 'float64', ...(unit === undefined ? {} : { unit }), nullable: true, doc }]];
  });
}

/**
 * Concatenates columns.
 * @throws FailureError `same-column` if two columns have the same name
 */
function joinColumns(...parts: readonly Named[]): Columns {
  const columns: Record<string, Column> = {};
  for (const [name, column] of parts.flat()) {
    if (columns[name]) fail(failure('same-column', { column: name }));
    columns[name] = column;
  }
  return columns;
}
