// An architecture with the weights of a safetensors file becomes a network. Tensor by tensor, so that memory holds one at a time.
import { basename } from 'node:path';
import type { Digest } from '../runtime/artifact.ts';
import { fail } from '../runtime/failure.ts';
import { checkVariances, checkWeights, tensorNames } from './check-weights.ts';
import { openSafetensors } from './formats/safetensors.ts';
import type { TensorEntry } from './formats/safetensors-header.ts';
import type { Network } from './network.ts';
import { tensorBytes } from './tensor.ts';
import type { TensorBlobs } from './tensor.ts';
import type { Architecture } from './zoo/architecture.ts';
import { bindWeights, expectedTensors } from './zoo/architecture.ts';

/**
 * Reads and stores every tensor the architecture expects. Throws `FailureError` (`missing-file`, `bad-weights`): a damaged file,
 * tensors missing, not expected or of the wrong shape, values that are not finite, negative variances. `others`: architectures
 * named in the message if the file fits one of them.
 */
export async function readWeights(
  architecture: Architecture,
  path: string,
  write: TensorBlobs['write'],
  others: readonly Architecture[] = [],
): Promise<Network> {
  const file = await openSafetensors(path);
  try {
    const names = tensorNames(file.tensors.keys());
    const entry = (tensor: string): TensorEntry => file.tensors.get(names.get(tensor) ?? '') as TensorEntry;
    const shapes = new Map([...names.keys()].map((name) => [name, entry(name).shape]));
    const problem = checkWeights(architecture, shapes, basename(path), others);
    if (problem) fail(problem);
    const digests = new Map<string, Digest>();
    for (const { tensor } of expectedTensors(architecture)) {
      const value = await file.read(entry(tensor));
      const negative = checkVariances(architecture, new Map([[tensor, value]]), basename(path));
      if (negative) fail(negative);
      digests.set(tensor, await write(tensorBytes(value.data)));
    }
    return bindWeights(architecture, digests);
  } finally {
    await file.close();
  }
}
