// Tables as Arrow IPC files with explicit column types and one record batch. Equal cells give equal bytes. The schema
// of a file contains the declaration of every column, so that a table describes itself. Arrow is loaded when the first
// table is written or read.
import type { Data, Field, Schema } from 'apache-arrow';
import type { Cell, Column, Columns, ColumnType, Kind, Reduction, Row, Table } from '../contracts/artifact.ts';
import { loadArrow } from './load-arrow.ts';
import type { Arrow } from './load-arrow.ts';
import { canonical } from '../contracts/canonical.ts';
import { FailureError, fail, failure } from '../contracts/failure.ts';
import { axisCells, axisColumn, storedCells, viewContent } from './table-cells.ts';
import type { TableContent } from './table-cells.ts';
import { buildColumn, readColumn } from './table-columns.ts';

export { decodeRows, encodeRows } from './rows.ts';
export type { TableContent } from './table-cells.ts';

export interface DecodedTable extends Table {
  /** Name of the kind with which the table was written. */
  readonly kind: string;
  readonly doc: string;
  /** Returns the cells as rows. */
  readonly rows: () => Row[];
}

/**
 * Encodes rows as an Arrow IPC file. Axis columns come first, typed by their values, followed by the columns of the
 * kind in declared order. float32[] becomes List<Float32>. Equal rows give equal bytes. The rows must have been checked
 * (check-rows.ts).
 */
export async function encodeTable(kind: Kind, content: TableContent): Promise<Uint8Array> {
  const arrow = await loadArrow();
  const { extra, length, cells } = viewContent(kind, content);
  const axes = kind.axes ? extra : [];
  const fields: Field[] = [];
  const children: Data[] = [];
  const add = (name: string, column: Column, own: readonly Cell[], isAxis: boolean): void => {
    const data = buildColumn(arrow, column, own);
    fields.push(new arrow.Field(name, data.type, column.nullable === true, fieldMetadata(column, isAxis)));
    children.push(data);
  };
  for (const name of axes) {
    const column = axisColumn(cells(name));
    add(name, column, axisCells(cells(name), column), true);
  }
  for (const [name, column] of Object.entries(kind.columns ?? {}))
    add(name, column, storedCells(name, cells(name), column), false);
  const metadata = new Map([
    ['lethe.kind', kind.name],
    ['lethe.doc', kind.doc],
    ['lethe.rows', String(length)],
    ['lethe.axes', canonical(axes)],
  ]);
  const schema = new arrow.Schema(fields, metadata);
  const batch = new arrow.RecordBatch(
    schema,
    arrow.makeData({ type: new arrow.Struct(fields), length, nullCount: 0, children }),
  );
  return arrow.tableToIPC(new arrow.Table(schema, [batch]), 'file');
}

/** Declaration of a column as metadata of its Arrow field. `nullable` is a property of the field itself. */
function fieldMetadata(column: Column, isAxis: boolean): Map<string, string> {
  const facts: Readonly<Record<string, unknown>> = { ...column, ...(isAxis ? { axis: true } : {}) };
  const entries = Object.entries(facts).filter(([name]) => name !== 'nullable');
  return new Map(entries.map(([name, value]) => [name, typeof value === 'string' ? value : canonical(value)]));
}

/**
 * Decodes a file written by encodeTable.
 * @throws FailureError `damaged-table` if the file is truncated, altered or not written by encodeTable
 */
export async function decodeTable(bytes: Uint8Array): Promise<DecodedTable> {
  const arrow = await loadArrow();
  if (!hasFrame(bytes)) return damaged('it does not begin and end like an Arrow file');
  try {
    return decode(arrow, bytes);
  } catch (error) {
    if (error instanceof FailureError) throw error;
    return damaged(error instanceof Error ? error.message : String(error));
  }
}

const MAGIC = 'ARROW1';

/** True if the file has Arrow's magic bytes at both ends, and a footer that lies within the file. */
function hasFrame(bytes: Uint8Array): boolean {
  const { length } = bytes;
  if (length < 24) return false;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  if (view.toString('latin1', 0, 6) !== MAGIC || view.toString('latin1', length - 6) !== MAGIC) return false;
  const footer = view.readInt32LE(length - 10);
  return footer > 0 && footer <= length - 18;
}

function decode(arrow: Arrow, bytes: Uint8Array): DecodedTable {
  const { schema, batches, numRows: length } = arrow.tableFromIPC(bytes);
  const expected = schema.metadata.get('lethe.rows');
  if (expected === undefined) return damaged('it is not a table written by Lethe');
  if (expected !== String(length)) return damaged(`it has ${length} rows instead of ${expected}`);
  const columns: Columns = Object.fromEntries(schema.fields.map((field) => [field.name, columnOf(field)]));
  const all = new Map<string, readonly Cell[]>();
  for (const [i, { name }] of schema.fields.entries()) {
    const type = (columns[name] as Column).type;
    all.set(
      name,
      batches.flatMap((batch) => readColumn(batch.data.children[i] ?? damaged(`column ${name} has no data`), type)),
    );
  }
  const cells = (name: string): readonly Cell[] => {
    const found = all.get(name);
    if (!found) throw new RangeError(`the table has no column ${name}`);
    return found;
  };
  return { ...metadataOf(schema), columns, length, cells, rows: () => rowsOf(all, length) };
}

function rowsOf(columns: ReadonlyMap<string, readonly Cell[]>, length: number): Row[] {
  const rows = Array.from({ length }, (): Record<string, Cell> => ({}));
  for (const [name, cells] of columns)
    for (const [i, cell] of cells.entries()) (rows[i] as Record<string, Cell>)[name] = cell;
  return rows;
}

function metadataOf({ metadata }: Schema): Pick<DecodedTable, 'kind' | 'doc' | 'axes'> {
  return {
    kind: metadata.get('lethe.kind') ?? '',
    doc: metadata.get('lethe.doc') ?? '',
    axes: JSON.parse(metadata.get('lethe.axes') ?? '[]') as string[],
  };
}

function columnOf({ metadata, nullable }: Field): Column {
  const text = (name: 'unit' | 'error' | 'count' | 'over') => {
    const value = metadata.get(name);
    return value === undefined ? {} : { [name]: value };
  };
  const beside = metadata.get('beside');
  return {
    type: (metadata.get('type') ?? 'utf8') as ColumnType,
    doc: metadata.get('doc') ?? '',
    ...text('unit'),
    ...text('error'),
    ...text('count'),
    ...(text('over') as { over?: Reduction }),
    ...(beside === undefined ? {} : { beside: JSON.parse(beside) as string[] }),
    ...(metadata.get('bar') === 'true' ? { bar: true as const } : {}),
    ...(metadata.get('map') === 'true' ? { map: true as const } : {}),
    ...(nullable ? { nullable: true as const } : {}),
  };
}

function damaged(why: string): never {
  return fail(failure('damaged-table', { why }));
}
