// Tensor blobs in memory, by their sha256 as in the store.
import { createHash } from 'node:crypto';
import type { Digest } from '../../src/runtime/contracts/artifact.ts';
import type { Network } from '../../src/network/network.ts';
import { tensorBytes } from '../../src/network/tensor.ts';
import type { Tensor, TensorBlobs } from '../../src/network/tensor.ts';
import { bindWeights } from '../../src/network/zoo/architecture.ts';
import type { Architecture } from '../../src/network/zoo/architecture.ts';

export function memoryBlobs(): TensorBlobs {
  const blobs = new Map<string, Uint8Array>();
  return {
    write: (bytes) => {
      const digest = createHash('sha256').update(bytes).digest('hex') as Digest;
      blobs.set(digest, Uint8Array.from(bytes));
      return Promise.resolve(digest);
    },
    read: (digest) => {
      const bytes = blobs.get(digest);
      return bytes ? Promise.resolve(bytes) : Promise.reject(new Error(`no blob ${digest}`));
    },
  };
}

export async function networkOf(
  architecture: Architecture,
  tensors: ReadonlyMap<string, Tensor>,
  blobs: TensorBlobs,
): Promise<Network> {
  const digests = new Map<string, Digest>();
  for (const [name, { data }] of tensors) digests.set(name, await blobs.write(tensorBytes(data)));
  return bindWeights(architecture, digests);
}
