// Transfer of results from the backend: all tensors of a batch in one transfer.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Error for features or gradients that are NaN or infinite: the network overflows on this image. */
export class NonFiniteError extends Error {
  readonly what: string;
  constructor(what: string) {
    super(`${what} are not finite`);
    this.name = 'NonFiniteError';
    this.what = what;
  }
}

/** Reads the values of several tensors and disposes them. */
export async function readBack(tensors: readonly Tensor[]): Promise<Float32Array[]> {
  const sizes = tensors.map(({ size }) => size);
  const flat = (tensor: Tensor): Tensor => (tensor.rank === 1 ? tensor : tf.reshape(tensor, [tensor.size]));
  let all = tensors[0]!;
  if (tensors.length > 1) {
    all = tf.tidy(() => tf.concat(tensors.map(flat)));
    tf.dispose(tensors as Tensor[]);
  }
  try {
    const values = (await all.data()) as Float32Array;
    let end = 0;
    return sizes.map((size) => values.subarray(end, (end += size)));
  } finally {
    all.dispose();
  }
}

/** Throws NonFiniteError if a value is not finite. `what` is the name of the values in the plural, for the message. */
export function expectFinite(values: ArrayLike<number>, what: string): void {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) throw new NonFiniteError(what);
}
