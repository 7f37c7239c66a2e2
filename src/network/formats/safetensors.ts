// Reads and writes safetensors files as float32 tensors. F32, F16, BF16 and F64 are accepted (F64 is rounded), integers are
// not weights. The header's checks are in safetensors-header.ts; which tensors a network wants is check-weights.ts' matter.
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { fail } from '../../runtime/contracts/failure.ts';
import type { Tensor } from '../tensor.ts';
import { headerLength, parseHeader } from './safetensors-header.ts';
import type { SafetensorsHeader, TensorEntry } from './safetensors-header.ts';

export interface SafetensorsFile extends SafetensorsHeader {
  /** Values of one tensor, converted to float32 and checked to be finite. */
  read(entry: TensorEntry): Promise<Tensor>;
  close(): Promise<void>;
}

/** All tensors of a file in memory. `file` is its name in messages. Throws `FailureError` (`bad-weights`). */
export function parseSafetensors(bytes: Uint8Array, file: string): ReadonlyMap<string, Tensor> {
  const length = headerLength(bytes.subarray(0, 64), bytes.length, file);
  const header = parseHeader(bytes.subarray(8, 8 + length), bytes.length, file);
  return new Map(
    [...header.tensors].map(([name, entry]) => [
      name,
      decodeTensor(bytes.subarray(entry.start, entry.end), entry, file),
    ]),
  );
}

/** Opens a file for reading tensor by tensor; only the header is read at once. Throws `FailureError`. */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = basename(path);
  const handle = await open(path, 'r').catch((error: unknown) =>
    fail({
      reason: 'missing-file',
      headline: `cannot read ${file}`,
      values: { path, error: String(error) },
      help: 'Check the path and its permissions.',
    }),
  );
  const range = async (start: number, end: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(end - start);
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
      if (bytesRead === 0)
        fail({
          reason: 'bad-weights',
          headline: `${file} became shorter while it was read`,
          values: { path },
          help: 'Run again when it is complete.',
        });
      filled += bytesRead;
    }
    return bytes;
  };
  try {
    const { size } = await handle.stat();
    const length = headerLength(await range(0, Math.min(64, size)), size, file);
    const header = parseHeader(await range(8, 8 + length), size, file);
    return {
      ...header,
      read: async (entry) => decodeTensor(await range(entry.start, entry.end), entry, file),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Converts the bytes of one tensor to float32. */
export function decodeTensor(bytes: Uint8Array, entry: TensorEntry, file: string): Tensor {
  const decode = DECODERS[entry.dtype];
  if (!decode) {
    return fail({
      reason: 'bad-weights',
      headline: `${entry.name} is no floating-point tensor`,
      values: { file, tensor: entry.name, dtype: entry.dtype, accepted: Object.keys(DECODERS).join(', ') },
      help: 'Export the weights as float32.',
    });
  }
  const data = decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) {
    fail({
      reason: 'bad-weights',
      headline: `${entry.name} holds ${Number.isNaN(data[at]) ? 'NaN' : 'an infinite number'}`,
      values: { file, tensor: entry.name, index: `[${unravel(at, entry.shape).join(', ')}]`, dtype: entry.dtype },
      help: 'The network was not trained or exported properly; its numbers would all be meaningless. Export it again.',
    });
  }
  return { shape: entry.shape, data };
}

const DECODERS: Readonly<Record<string, (view: DataView) => Float32Array>> = {
  F32: (view) => fill(view, 4, (at) => view.getFloat32(at, true)),
  F64: (view) => fill(view, 8, (at) => view.getFloat64(at, true)),
  F16: (view) => fill(view, 2, (at) => halfToNumber(view.getUint16(at, true))),
  BF16: (view) => {
    const word = new DataView(new ArrayBuffer(4));
    return fill(view, 2, (at) => {
      word.setUint16(2, view.getUint16(at, true), true);
      return word.getFloat32(0, true);
    });
  },
};

function fill(view: DataView, width: number, get: (offset: number) => number): Float32Array {
  const data = new Float32Array(view.byteLength / width);
  for (let i = 0; i < data.length; i++) data[i] = get(i * width);
  return data;
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function unravel(index: number, shape: readonly number[]): number[] {
  const out: number[] = [];
  let rest = index;
  for (const size of [...shape].reverse()) {
    out.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return out;
}

/** A safetensors file with the tensors as F32, in the order given. Equal input gives equal bytes. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const header: [string, unknown][] = metadata ? [['__metadata__', metadata]] : [];
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    header.push([name, { dtype: 'F32', shape, data_offsets: [end, end + data.length * 4] }]);
    end += data.length * 4;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(length), true);
  bytes.fill(0x20, 8, 8 + length).set(json, 8);
  let at = 8 + length;
  for (const { data } of tensors.values()) {
    for (const value of data) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}
