// An architecture with the weights of a safetensors file becomes a network. A few tensors at a time, so that large files need little memory.
import { basename } from 'node:path';
import type { Digest } from '../runtime/contracts/artifact.ts';
import { fail } from '../runtime/contracts/failure.ts';
import { checkVariances, checkWeights, tensorNames } from './check-weights.ts';
import { openSafetensors } from './formats/safetensors.ts';
import type { TensorEntry } from './formats/safetensors-header.ts';
import type { Network } from './network.ts';
import { tensorBytes } from './tensor.ts';
import type { Tensor, TensorBlobs } from './tensor.ts';
import type { Architecture } from './zoo/architecture.ts';
import { bindWeights, expectedTensors } from './zoo/architecture.ts';

/** Tensors in memory, and on their way to the store, at a time. */
const TOGETHER = 16;

/**
 * Reads and stores every tensor the architecture expects. Throws `FailureError` (`missing-file`, `bad-weights`): a damaged file,
 * tensors missing, not expected or of the wrong shape, values that are not finite, negative variances. `others`: architectures
 * named in the message if the file fits one of them.
 */
export async function readWeights(
  architecture: Architecture,
  path: string,
  write: TensorBlobs['write'],
  others: () => readonly Architecture[] = () => [],
): Promise<Network> {
  const file = await openSafetensors(path);
  try {
    const names = tensorNames(file.tensors.keys());
    const entry = (tensor: string): TensorEntry => file.tensors.get(names.get(tensor) ?? '') as TensorEntry;
    const shapes = new Map([...names.keys()].map((name) => [name, entry(name).shape]));
    const problem = checkWeights(architecture, shapes, basename(path), others);
    if (problem) fail(problem);
    const digests = new Map<string, Digest>();
    const expected = expectedTensors(architecture);
    for (let start = 0; start < expected.length; start += TOGETHER) {
      const values: (readonly [string, Tensor])[] = [];
      for (const { tensor } of expected.slice(start, start + TOGETHER))
        values.push([tensor, await file.read(entry(tensor))]);
      const negative = checkVariances(architecture, new Map(values), basename(path));
      if (negative) fail(negative);
      const store = async ([tensor, { data }]: readonly [string, Tensor]): Promise<void> =>
        void digests.set(tensor, await write(tensorBytes(data)));
      await Promise.all(values.map(store));
    }
    return bindWeights(architecture, digests);
  } finally {
    await file.close();
  }
}
