// Tables as Arrow IPC files: explicit column types, one record batch, and the same bytes for the same rows. Also the rows of one item
// as JSON, exact to the bit. Arrow itself is loaded at the first table.
import type { Data, Field, Schema } from 'apache-arrow';
import type { Cell, Column, ColumnType, Kind, Row } from '../contracts/artifact.ts';
import { loadArrow } from './load-arrow.ts';
import type { Arrow } from './load-arrow.ts';
import { canonical } from '../contracts/canonical.ts';
import { FailureError, fail } from '../contracts/failure.ts';
import { axisColumn, cellsOf, extraColumns } from './table-cells.ts';
import { buildColumn, readColumn } from './table-columns.ts';

export { decodeRows, encodeRows } from './rows.ts';

export interface TableOptions {
  /** Names of the axis columns, in order; without it, the columns of the first row that the kind does not declare. */
  readonly axes?: readonly string[];
  /** Provenance and the like, kept in the metadata of the file. */
  readonly note?: Readonly<Record<string, string>>;
}

export interface TableMetadata {
  readonly kind: string;
  readonly doc: string;
  readonly note: Readonly<Record<string, string>>;
  readonly axes: readonly string[];
}

export interface DecodedTable {
  readonly rows: readonly Row[];
  readonly columns: Readonly<Record<string, Column>>;
  readonly metadata: TableMetadata;
}

/**
 * The rows as an Arrow IPC file. Axis columns come first, typed by their values; then the columns of the kind in declared order.
 * float32[] is List<Float32>. Equal rows give equal bytes.
 *
 * @throws FailureError `bad-output` if a cell does not fit its column.
 */
export async function encodeTable(kind: Kind, rows: readonly Row[], options: TableOptions = {}): Promise<Uint8Array> {
  const arrow = await loadArrow();
  const axes = options.axes ?? extraColumns(kind, rows);
  const columns = new Map<string, Column>(axes.map((name) => [name, axisColumn(name, rows)]));
  for (const [name, column] of Object.entries(kind.columns ?? {})) columns.set(name, column);
  const fields: Field[] = [];
  const children: Data[] = [];
  for (const [name, column] of columns) {
    const data = buildColumn(arrow, column, cellsOf(rows, name, column, kind));
    fields.push(new arrow.Field(name, data.type, column.nullable === true, fieldMetadata(column, axes.includes(name))));
    children.push(data);
  }
  const metadata = new Map([
    ['lethe.kind', kind.name],
    ['lethe.doc', kind.doc],
    ['lethe.rows', String(rows.length)],
    ['lethe.axes', canonical(axes)],
    ['lethe.note', canonical(options.note ?? {})],
  ]);
  const schema = new arrow.Schema(fields, metadata);
  const batch = new arrow.RecordBatch(
    schema,
    arrow.makeData({ type: new arrow.Struct(fields), length: rows.length, nullCount: 0, children }),
  );
  return arrow.tableToIPC(new arrow.Table(schema, [batch]), 'file');
}

function fieldMetadata({ type, doc, unit, bar }: Column, isAxis: boolean): Map<string, string> {
  const entries: [string, string][] = [
    ['type', type],
    ['doc', doc],
  ];
  if (unit !== undefined) entries.push(['unit', unit]);
  if (bar === true) entries.push(['bar', 'true']);
  if (isAxis) entries.push(['axis', 'true']);
  return new Map(entries);
}

/**
 * Reads a file that encodeTable wrote.
 *
 * @throws FailureError `damaged-table` if it is cut short, altered or no such file.
 */
export async function decodeTable(bytes: Uint8Array): Promise<DecodedTable> {
  const arrow = await loadArrow();
  if (!hasFrame(bytes)) return damaged('it does not begin and end as an Arrow file does');
  try {
    return decode(arrow, bytes);
  } catch (error) {
    if (error instanceof FailureError) throw error;
    return damaged(error instanceof Error ? error.message : String(error));
  }
}

const MAGIC = 'ARROW1';

/** Magic at both ends, and a footer that lies within the file. */
function hasFrame(bytes: Uint8Array): boolean {
  const { length } = bytes;
  if (length < 24) return false;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  if (view.toString('latin1', 0, 6) !== MAGIC || view.toString('latin1', length - 6) !== MAGIC) return false;
  const footer = view.readInt32LE(length - 10);
  return footer > 0 && footer <= length - 18;
}

function decode(arrow: Arrow, bytes: Uint8Array): DecodedTable {
  const table = arrow.tableFromIPC(bytes);
  const metadata = metadataOf(table.schema);
  const expected = table.schema.metadata.get('lethe.rows');
  if (expected === undefined) return damaged('it is no table of Lethe');
  if (expected !== String(table.numRows)) return damaged(`it has ${table.numRows} rows and should have ${expected}`);
  const columns = Object.fromEntries(table.schema.fields.map((field) => [field.name, columnOf(field)]));
  const rows: Record<string, Cell>[] = [];
  for (const batch of table.batches) {
    const first = rows.length;
    for (let i = 0; i < batch.numRows; i++) rows.push({});
    for (const [i, field] of table.schema.fields.entries()) {
      const data = batch.data.children[i];
      if (!data) return damaged(`column ${field.name} has no data`);
      readColumn(data, (columns[field.name] as Column).type, (row, cell) => {
        (rows[first + row] as Record<string, Cell>)[field.name] = cell;
      });
    }
  }
  return { rows, columns, metadata };
}

function metadataOf({ metadata }: Schema): TableMetadata {
  return {
    kind: metadata.get('lethe.kind') ?? '',
    doc: metadata.get('lethe.doc') ?? '',
    note: JSON.parse(metadata.get('lethe.note') ?? '{}') as Record<string, string>,
    axes: JSON.parse(metadata.get('lethe.axes') ?? '[]') as string[],
  };
}

function columnOf({ metadata, nullable }: Field): Column {
  const unit = metadata.get('unit');
  return {
    type: (metadata.get('type') ?? 'utf8') as ColumnType,
    doc: metadata.get('doc') ?? '',
    ...(unit === undefined ? {} : { unit }),
    ...(metadata.get('bar') === 'true' ? { bar: true as const } : {}),
    ...(nullable ? { nullable: true } : {}),
  };
}

function damaged(why: string): never {
  return fail({
    reason: 'damaged-table',
    headline: 'an Arrow file cannot be read',
    values: { why },
    help: 'Run `lethe cache verify`, then the pipeline again: it is computed anew.',
  });
}
