// Reads a network from a weight file, a few tensors at a time, so that large files need little memory.
import { basename } from 'node:path';
import type { Digest } from '../runtime/contracts/artifact.ts';
import { fail, failure } from '../runtime/contracts/failure.ts';
import { checkNetwork } from './check.ts';
import { checkValues, checkWeights, tensorNames } from './check-weights.ts';
import type { NetworkFormat, WeightFile } from './formats/format.ts';
import { FORMATS } from './formats/index.ts';
import { openWeights } from './formats/open-weights.ts';
import type { OpenedWeights } from './formats/open-weights.ts';
import type { Network } from './network.ts';
import { tensorBytes } from './tensor.ts';
import type { Tensor, TensorBlobs } from './tensor.ts';
import type { Architecture } from './zoo/architecture.ts';
import { bindWeights, expectedTensors } from './zoo/architecture.ts';
import { ARCHITECTURE_NAMES } from './zoo/build.ts';

/** Largest number of tensors that are read into memory, and then written to the store, at the same time. */
const TOGETHER = 16;

export interface ReadOptions {
  /** Architecture to which the weights belong; undefined for a file that contains its own architecture. */
  readonly architecture: Architecture | undefined;
  readonly write: TensorBlobs['write'];
  /**
   * Returns other architectures to try if the file does not fit `architecture`. The message names the first that fits.
   */
  readonly others?: () => readonly Architecture[];
  readonly formats?: readonly NetworkFormat[];
}

/**
 * Reads and stores every tensor of the network.
 * @throws FailureError
 * - for a file that cannot be opened (see `openWeights`);
 * - for an architecture that is missing (`no-architecture`), given although the file contains one
 * (`architecture-in-file`), or wrong (see `checkNetwork`);
 * - for tensors that do not fit (`weights-mismatch`);
 * - for invalid values (`weights-not-finite`, `weight-too-small`).
 */
export async function readWeights(path: string, options: ReadOptions): Promise<Network> {
  const opened = await openWeights(path, options.formats ?? FORMATS);
  try {
    return await readTensors(opened.file, chooseArchitecture(opened, path, options.architecture), path, options);
  } finally {
    await opened.file.close();
  }
}

function chooseArchitecture(
  { file, format }: OpenedWeights,
  path: string,
  given: Architecture | undefined,
): Architecture {
  const place = { file: basename(path), format: format.name };
  if (file.architecture === undefined)
    return given ?? fail(failure('no-architecture', { ...place, known: ARCHITECTURE_NAMES }));
  if (given !== undefined) fail(failure('architecture-in-file', { ...place, architecture: given.architecture }));
  const [mistake] = checkNetwork(file.architecture);
  if (mistake) fail(mistake);
  return file.architecture;
}

async function readTensors(
  file: WeightFile,
  architecture: Architecture,
  path: string,
  { write, others }: ReadOptions,
): Promise<Network> {
  const names = tensorNames(file.tensors.keys());
  const shapes = new Map([...names].map(([name, inFile]) => [name, file.tensors.get(inFile)!.shape]));
  const mismatch = checkWeights(architecture, shapes, basename(path), others);
  if (mismatch) fail(mismatch);
  const digests = new Map<string, Digest>();
  const expected = expectedTensors(architecture);
  for (let start = 0; start < expected.length; start += TOGETHER) {
    const values: (readonly [string, Tensor])[] = [];
    for (const { tensor } of expected.slice(start, start + TOGETHER))
      values.push([tensor, await file.read(names.get(tensor)!)]);
    const wrong = checkValues(architecture, new Map(values), basename(path));
    if (wrong) fail(wrong);
    const store = async ([tensor, { data }]: readonly [string, Tensor]): Promise<void> =>
      void digests.set(tensor, await write(tensorBytes(data)));
    await Promise.all(values.map(store));
  }
  return bindWeights(architecture, digests);
}
