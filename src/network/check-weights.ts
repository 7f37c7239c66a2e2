// Compares the tensors of a weight file with the tensors that an architecture expects. One failure lists all
// differences.
import { didYouMean } from '../runtime/contracts/did-you-mean.ts';
import { failure } from '../runtime/contracts/failure.ts';
import type { Failure } from '../runtime/contracts/failure.ts';
import type { Shape } from './network.ts';
import { findOperator } from './operators/find-operator.ts';
import { showShape } from './operators/shape-rules.ts';
import type { Tensor } from './tensor.ts';
import type { Architecture } from './zoo/architecture.ts';
import { expectedTensors } from './zoo/architecture.ts';

/** Pattern for the names of PyTorch's batch-norm counters, which are not weights. */
const IGNORED = /(^|\.)num_batches_tracked$/u;
/** Prefix that PyTorch's DataParallel puts before every name. */
const WRAPPER = 'module.';

/**
 * Returns a map from tensor names to the names in the file. If every name in the file has the prefix `module.`, the
 * tensor names lack this prefix. Otherwise the two names are equal. Batch-norm counters are left out.
 */
export function tensorNames(names: Iterable<string>): ReadonlyMap<string, string> {
  const kept = [...names].filter((name) => !IGNORED.test(name));
  const wrapped = kept.length > 0 && kept.every((name) => name.startsWith(WRAPPER));
  return new Map(kept.map((name) => [wrapped ? name.slice(WRAPPER.length) : name, name]));
}

/**
 * Returns a failure that lists missing tensors, unexpected tensors and wrong shapes; undefined if the file fits.
 * @param found shapes of the file's tensors by name
 * @param others returns architectures; the failure names the first that fits the file
 */
export function checkWeights(
  architecture: Architecture,
  found: ReadonlyMap<string, Shape>,
  file: string,
  others: () => readonly Architecture[] = () => [],
): Failure | undefined {
  const { missing, extra, misshaped } = compare(architecture, found);
  if (missing.length + extra.length + misshaped.length === 0) return undefined;
  const renamed = missing.flatMap((name) => {
    const near = didYouMean(name, extra);
    return near === undefined ? [] : [`${near} instead of ${name}`];
  });
  const fits = others().find((other) => {
    const rest = compare(other, found);
    return rest.missing.length + rest.extra.length + rest.misshaped.length === 0;
  });
  return failure('weights-mismatch', {
    file,
    architecture: architecture.architecture,
    missing,
    extra,
    misshaped,
    renamed,
    ...(fits && { fits: fits.architecture }),
  });
}

interface Differences {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  /** Texts such as `a is [1], expected [2]`. */
  readonly misshaped: readonly string[];
}

function compare(architecture: Architecture, found: ReadonlyMap<string, Shape>): Differences {
  const expected = new Map(expectedTensors(architecture).map(({ tensor, shape }) => [tensor, shape]));
  const missing = [...expected.keys()].filter((name) => !found.has(name));
  const extra = [...found.keys()].filter((name) => !expected.has(name));
  const misshaped = [...expected].flatMap(([name, shape]) => {
    const given = found.get(name);
    return given === undefined || given.join() === shape.join()
      ? []
      : [`${name} is ${showShape(given)}, expected ${showShape(shape)}`];
  });
  return { missing, extra, misshaped };
}

/**
 * Returns a failure for the first value below the `least` on the operator's card, e.g. a negative variance, which would
 * give NaN. Undefined if all values are valid.
 */
export function checkValues(
  architecture: Architecture,
  tensors: ReadonlyMap<string, Tensor>,
  file: string,
): Failure | undefined {
  for (const { op, weights } of architecture.layers) {
    for (const [slot, { tensor }] of Object.entries(weights)) {
      const least = findOperator(op)?.weights[slot]?.least;
      const data = tensors.get(tensor)?.data;
      if (least === undefined || data === undefined) continue;
      const index = data.findIndex((value) => value < least);
      if (index >= 0) return failure('weight-too-small', { file, tensor, index, value: data[index]!, least });
    }
  }
  return undefined;
}
