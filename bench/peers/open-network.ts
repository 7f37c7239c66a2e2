// Builds a Lethe network from a plan and a weight file, with its tensors in memory.
import { readFileSync } from 'node:fs';
import type { Digest } from '../../src/runtime/contracts/artifact.ts';
import { foldBatchNorm } from '../../src/network/fold.ts';
import type { InputSpec, Network } from '../../src/network/network.ts';
import { readWeights } from '../../src/network/read-weights.ts';
import type { TensorBlobs } from '../../src/network/tensor.ts';
import type { Architecture } from '../../src/network/zoo/architecture.ts';

export interface MemoryBlobs extends TensorBlobs {
  /** Returns the network with folded batch-norms. */
  fold(network: Network): Promise<Network>;
}

export async function openNetwork(plan: string, weights: string): Promise<{ network: Network; blobs: MemoryBlobs }> {
  const architecture = JSON.parse(readFileSync(plan, 'utf8')) as Architecture;
  const blobs = memoryBlobs();
  return { network: await readWeights(weights, { architecture, write: blobs.write }), blobs };
}

export function readImages(path: string, { height, width, channels }: InputSpec, count: number): Float32Array {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer, bytes.byteOffset, count * height * width * channels);
}

function memoryBlobs(): MemoryBlobs {
  const stored = new Map<string, Uint8Array>();
  const blobs: TensorBlobs = {
    write(bytes) {
      const name = `blob-${stored.size}` as Digest;
      stored.set(name, Uint8Array.from(bytes));
      return Promise.resolve(name);
    },
    read(digest) {
      const bytes = stored.get(digest);
      return bytes === undefined ? Promise.reject(new Error(`no blob ${digest}`)) : Promise.resolve(bytes);
    },
  };
  return { ...blobs, fold: async (network) => (await foldBatchNorm(network, blobs)).network };
}
