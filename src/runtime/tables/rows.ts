// Rows as canonical JSON: what is kept per item. Every number comes back as it was, whatever it was.
import type { Cell, Row } from '../contracts/artifact.ts';
import { canonical } from '../contracts/canonical.ts';
import { fail } from '../contracts/failure.ts';

/** Cells JSON has no form for: `{"float32": base64 of little-endian bytes}` and `{"number": "NaN"}`. No other cell is an object. */
type Packed = string | number | boolean | null | { readonly float32: string } | { readonly number: string };

export function encodeRows(rows: readonly Row[]): Uint8Array {
  const packed = rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, pack(cell)])));
  return Buffer.from(canonical(packed), 'utf8');
}

/** @throws FailureError `damaged-rows` if the bytes are not such rows. */
export function decodeRows(bytes: Uint8Array): Row[] {
  try {
    const packed = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')) as Record<
      string,
      Packed
    >[];
    return packed.map((row) => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, unpack(cell)])));
  } catch (error) {
    return fail({
      reason: 'damaged-rows',
      headline: 'the rows of an item cannot be read',
      values: { why: (error as Error).message },
      help: 'Run `lethe cache verify`, then the pipeline again: they are computed anew.',
    });
  }
}

function pack(cell: Cell): Packed {
  if (typeof cell === 'number') {
    if (Number.isFinite(cell) && !Object.is(cell, -0)) return cell;
    return { number: Object.is(cell, -0) ? '-0' : String(cell) };
  }
  if (cell instanceof Float32Array)
    return { float32: Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength).toString('base64') };
  return cell;
}

function unpack(cell: Packed): Cell {
  if (typeof cell !== 'object' || cell === null) return cell;
  if ('number' in cell) return Number(cell.number);
  const bytes = Buffer.from(cell.float32, 'base64');
  // A copy at an aligned address: small buffers are cut from a shared one.
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
