// Weight tensors in memory and their stored form. No arithmetic and no tensor library.
import type { Digest } from '../runtime/contracts/artifact.ts';
import type { TensorRef } from './network.ts';

/** Float32 values, row-major; `data.length` is the product of `shape`. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Store of tensors: blobs by digest. */
export interface TensorBlobs {
  readonly read: (digest: Digest) => Promise<Uint8Array>;
  readonly write: (bytes: Uint8Array) => Promise<Digest>;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Converts values to their stored form, little-endian float32. */
export function tensorBytes(data: Float32Array): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return LITTLE_ENDIAN ? bytes : swapWords(bytes);
}

/**
 * Converts the stored form to values: the inverse of `tensorBytes`. The bytes are copied, because they may not be
 * aligned for float32.
 */
export function tensorData(bytes: Uint8Array): Float32Array {
  if (bytes.length % 4 !== 0) throw new RangeError(`a float32 tensor cannot have ${bytes.length} bytes`);
  const copy = LITTLE_ENDIAN ? Uint8Array.from(bytes) : swapWords(bytes);
  return new Float32Array(copy.buffer);
}

/** Reads a tensor of a network. Throws `RangeError` if the size of the blob does not fit the shape. */
export async function readTensor(ref: TensorRef, read: TensorBlobs['read']): Promise<Tensor> {
  const data = tensorData(await read(ref.digest));
  if (data.length !== elementCount(ref.shape)) {
    throw new RangeError(
      `tensor ${ref.digest} has ${data.length} values, its shape [${ref.shape.join(', ')}] requires ${elementCount(ref.shape)}`,
    );
  }
  return { shape: ref.shape, data };
}

function swapWords(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = bytes[(i & ~3) | (3 - (i & 3))] as number;
  return out;
}
