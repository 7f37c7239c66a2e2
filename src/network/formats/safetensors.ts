// Reads and writes safetensors files as float32 tensors. The types F32, F16, BF16 and F64 are accepted (F64 is
// rounded); other types are rejected. safetensors-header.ts checks the header, and check-weights.ts checks the names
// and shapes of the tensors.
import { basename } from 'node:path';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import type { Tensor } from '../tensor.ts';
import { openRange } from './file-range.ts';
import { defineNetworkFormat } from './format.ts';
import type { WeightFile } from './format.ts';
import { headerLength, looksLikeSafetensors, parseHeader } from './safetensors-header.ts';
import type { SafetensorsHeader, TensorEntry } from './safetensors-header.ts';

export const safetensors = defineNetworkFormat({
  name: 'safetensors',
  doc: 'named tensors, as PyTorch and Hugging Face tools save them: .safetensors',
  // A file too short for a header is recognised by its name, so that the message can report the damage.
  recognises: (first, fileName) =>
    looksLikeSafetensors(first) || (first.length > 0 && first.length < 9 && fileName.endsWith('.safetensors')),
  open: openSafetensors,
});

export interface SafetensorsFile extends WeightFile, SafetensorsHeader {
  readonly tensors: SafetensorsHeader['tensors'];
}

/** Decodes all tensors of a file that is in memory. `file` is its name in messages. Throws `FailureError`. */
export function parseSafetensors(bytes: Uint8Array, file: string): ReadonlyMap<string, Tensor> {
  const length = headerLength(bytes.subarray(0, 8), bytes.length, file);
  const header = parseHeader(bytes.subarray(8, 8 + length), bytes.length, file);
  return new Map(
    [...header.tensors].map(([name, entry]) => [
      name,
      decodeTensor(bytes.subarray(entry.start, entry.end), entry, file),
    ]),
  );
}

/** Opens a file for reading tensor by tensor. Only the header is read immediately. Throws `FailureError`. */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = basename(path);
  const range = await openRange(path);
  try {
    const { size } = range;
    const length = headerLength(await range.read(0, Math.min(8, size)), size, file);
    const header = parseHeader(await range.read(8, 8 + length), size, file);
    return {
      ...header,
      read: async (name) => {
        const entry = header.tensors.get(name);
        if (entry === undefined) throw new RangeError(`${file} has no tensor ${name}`);
        return decodeTensor(await range.read(entry.start, entry.end), entry, file);
      },
      close: () => range.close(),
    };
  } catch (error) {
    await range.close();
    throw error;
  }
}

/** Converts the bytes of one tensor to float32. */
export function decodeTensor(bytes: Uint8Array, entry: TensorEntry, file: string): Tensor {
  const decode = DECODERS[entry.dtype];
  const { name: tensor, dtype, shape } = entry;
  if (!decode) return fail(failure('integer-weights', { file, tensor, dtype, accepted: Object.keys(DECODERS) }));
  const data = decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at >= 0)
    fail(
      failure('weights-not-finite', { file, tensor, index: unravel(at, shape), isNaN: Number.isNaN(data[at]), dtype }),
    );
  return { shape, data };
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

/** Converts the bits of an IEEE 754 binary16 number to a number. */
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

/**
 * Returns the bytes of a safetensors file that holds the tensors as F32, in the given order. Equal input gives equal
 * bytes.
 */
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
