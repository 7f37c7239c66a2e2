// Encodes the rows of an item as canonical JSON, the form in which they are stored. Decoding restores every number
// exactly, also NaN and infinities, which JSON lacks.
import type { Cell, Row } from '../contracts/artifact.ts';
import { canonical } from '../contracts/canonical.ts';
import { fail, failure } from '../contracts/failure.ts';

/**
 * Cell in JSON. A list becomes `{"float32": bytes}`, with little-endian bytes in base64. NaN, infinities and -0 become
 * `{"number": text}`. No other cell is an object.
 */
type Packed = string | number | boolean | null | { readonly float32: string } | { readonly number: string };

export function encodeRows(rows: readonly Row[]): Uint8Array {
  const packed = rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, pack(cell)])));
  return Buffer.from(canonical(packed), 'utf8');
}

/**
 * Decodes rows.
 * @throws FailureError `damaged-rows` if the bytes are not encoded rows
 */
export function decodeRows(bytes: Uint8Array): Row[] {
  try {
    const packed = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')) as Record<
      string,
      Packed
    >[];
    return packed.map((row) => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, unpack(cell)])));
  } catch (error) {
    return fail(failure('damaged-rows', { why: (error as Error).message }));
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
  // copied to an aligned address, because Node places a small buffer anywhere inside a shared one
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
