// Reads the .npy and .npz files with the golden values: little-endian float32, float64, integers and bytes, in C order.
import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';

export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | Uint8Array | Int32Array | BigInt64Array;
}

const TYPES = {
  '<f4': Float32Array,
  '<f8': Float64Array,
  '|u1': Uint8Array,
  '<i4': Int32Array,
  '<i8': BigInt64Array,
} as const;

export function parseNpy(bytes: Uint8Array): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0) !== 0x934e554d) throw new Error('not a .npy file');
  const long = view.getUint8(6) >= 2;
  const length = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = (long ? 12 : 10) + length;
  const header = new TextDecoder('latin1').decode(bytes.subarray(long ? 12 : 10, start));
  const descr = /'descr': '([^']+)'/u.exec(header)?.[1] as keyof typeof TYPES;
  const shape = (/'shape': \(([^)]*)\)/u.exec(header)?.[1] ?? '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  if (!(descr in TYPES) || !header.includes("'fortran_order': False")) throw new Error(`cannot read ${header}`);
  return { shape, data: new TYPES[descr](Uint8Array.from(bytes.subarray(start)).buffer) };
}

export function readNpy(path: string): NpyArray {
  return parseNpy(readFileSync(path));
}

/** Arrays by name, without the extension .npy. */
export function readNpz(path: string): Readonly<Record<string, NpyArray>> {
  const files = unzipSync(readFileSync(path));
  return Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [name.replace(/\.npy$/u, ''), parseNpy(bytes)]),
  );
}
