// Converts one column between cells and Arrow's buffers. Equal cells must give equal bytes. Arrow's own builders are
// therefore not used: their buffers may be longer than the content.
import type { Data } from 'apache-arrow';
import type { Cell, Column, ColumnType } from '../contracts/artifact.ts';
import type { Arrow } from './load-arrow.ts';

/** Creates the Arrow buffers of a column. The cells must have been checked against the type of the column. */
export function buildColumn(arrow: Arrow, { type }: Column, cells: readonly Cell[]): Data {
  const { length } = cells;
  const { nullBitmap, nullCount } = validity(cells);
  const common = { length, nullCount, nullBitmap };
  switch (type) {
    case 'utf8':
      return arrow.makeData({ type: new arrow.Utf8(), ...common, ...texts(cells as readonly (string | null)[]) });
    case 'bool':
      return arrow.makeData({ type: new arrow.Bool(), ...common, data: bits(cells, (cell) => cell === true) });
    case 'int32':
      return arrow.makeData({
        type: new arrow.Int32(),
        ...common,
        data: Int32Array.from(cells, (cell) => (cell ?? 0) as number),
      });
    case 'float64':
      return arrow.makeData({
        type: new arrow.Float64(),
        ...common,
        data: oneNaN64(Float64Array.from(cells, (cell) => (cell ?? 0) as number)),
      });
    case 'float32[]':
      return arrow.makeData({
        type: new arrow.List(new arrow.Field('item', new arrow.Float32(), false)),
        ...common,
        ...lists(arrow, cells as readonly (Float32Array | null)[]),
      });
  }
}

function validity(cells: readonly Cell[]): { readonly nullBitmap: Uint8Array | null; readonly nullCount: number } {
  let nullCount = 0;
  for (const cell of cells) if (cell === null) nullCount++;
  return { nullCount, nullBitmap: nullCount === 0 ? null : bits(cells, (cell) => cell !== null) };
}

/** Bitmap in which bit i is the result of `test` for cell i. Its length is padded as Arrow requires. */
function bits(cells: readonly Cell[], test: (cell: Cell) => boolean): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(cells.length / 64) * 8);
  for (const [i, cell] of cells.entries()) if (test(cell)) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (1 << (i & 7));
  return bytes;
}

function texts(cells: readonly (string | null)[]): { readonly valueOffsets: Int32Array; readonly data: Uint8Array } {
  const encoded = cells.map((cell) => Buffer.from(cell ?? '', 'utf8'));
  return { valueOffsets: offsetsOf(encoded), data: new Uint8Array(Buffer.concat(encoded)) };
}

function lists(
  arrow: Arrow,
  cells: readonly (Float32Array | null)[],
): { readonly valueOffsets: Int32Array; readonly child: Data } {
  const parts = cells.map((cell) => cell ?? new Float32Array(0));
  const valueOffsets = offsetsOf(parts);
  const length = valueOffsets[parts.length] ?? 0;
  const values = new Float32Array(length);
  for (const [i, part] of parts.entries()) values.set(part, valueOffsets[i]);
  return {
    valueOffsets,
    child: arrow.makeData({ type: new arrow.Float32(), length, nullCount: 0, data: oneNaN32(values) }),
  };
}

function offsetsOf(parts: readonly { readonly length: number }[]): Int32Array {
  const offsets = new Int32Array(parts.length + 1);
  let at = 0;
  for (const [i, { length }] of parts.entries()) {
    at += length;
    if (at > 2 ** 31 - 1) throw new RangeError('a column of a table is larger than 2^31 elements');
    offsets[i + 1] = at;
  }
  return offsets;
}

/**
 * Replaces every NaN by the same bit pattern, because the pattern that a computation gives depends on the processor.
 */
function oneNaN64(values: Float64Array): Float64Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  for (const [i, value] of values.entries()) {
    if (!Number.isNaN(value)) continue;
    words[2 * i] = 0;
    words[2 * i + 1] = 0x7ff80000;
  }
  return values;
}

function oneNaN32(values: Float32Array): Float32Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) words[i] = 0x7fc00000;
  return values;
}

/** Cells of a column, in order. A cell of type float32[] is a view of the column's buffer. */
export function readColumn(data: Data, type: ColumnType): readonly Cell[] {
  const cellAt = cellReader(data, type);
  return Array.from({ length: data.length }, (_, i) => (data.nullCount > 0 && !data.getValid(i) ? null : cellAt(i)));
}

function cellReader(data: Data, type: ColumnType): (row: number) => Cell {
  const values = data.values as unknown;
  const offsets = data.valueOffsets as Int32Array;
  const from = (i: number): number => offsets[i] ?? 0;
  switch (type) {
    case 'utf8': {
      const text = Buffer.from(
        (values as Uint8Array).buffer,
        (values as Uint8Array).byteOffset,
        (values as Uint8Array).length,
      );
      return (i) => text.toString('utf8', from(i), from(i + 1));
    }
    case 'bool':
      return (i) => (((values as Uint8Array)[(data.offset + i) >> 3] ?? 0) & (1 << ((data.offset + i) & 7))) !== 0;
    case 'int32':
    case 'float64':
      return (i) => (values as Float64Array)[i] as number;
    case 'float32[]': {
      const child = data.children[0]?.values as Float32Array;
      return (i) => child.subarray(from(i), from(i + 1));
    }
  }
}
