// Do the tensors of a file fit an architecture? Says everything that does not in one failure.
import type { Failure } from '../runtime/contracts/failure.ts';
import { didYouMean, listNames } from '../runtime/contracts/did-you-mean.ts';
import type { Shape } from './shapes.ts';
import type { Tensor } from './tensor.ts';
import type { Architecture } from './zoo/architecture.ts';
import { expectedTensors } from './zoo/architecture.ts';

/** Counters PyTorch keeps beside a batch-norm; they are no weights. */
const IGNORED = /(^|\.)num_batches_tracked$/u;
/** Prefix that PyTorch's DataParallel puts before every name. */
const WRAPPER = 'module.';

/** Names as the architecture knows them (wrapper prefix taken off, counters left out) -> names in the file. */
export function tensorNames(names: Iterable<string>): ReadonlyMap<string, string> {
  const kept = [...names].filter((name) => !IGNORED.test(name));
  const wrapped = kept.length > 0 && kept.every((name) => name.startsWith(WRAPPER));
  return new Map(kept.map((name) => [wrapped ? name.slice(WRAPPER.length) : name, name]));
}

/** Missing tensors, tensors nobody asked for, and wrong shapes. `found`: shapes by name; `others`: architectures that may fit instead. */
export function checkWeights(
  architecture: Architecture,
  found: ReadonlyMap<string, Shape>,
  file: string,
  others: () => readonly Architecture[] = () => [],
): Failure | undefined {
  const { missing, extra, misshaped } = compare(architecture, found);
  if (missing.length + extra.length + misshaped.length === 0) return undefined;
  const counts = [
    count(missing, 'missing'),
    count(extra, 'not expected'),
    count(misshaped, 'of the wrong shape'),
  ].filter((part) => part !== '');
  const guesses = missing.flatMap((name) => {
    const near = didYouMean(name, extra);
    return near === undefined ? [] : [`${near} instead of ${name}`];
  });
  const fits = others().find((other) => {
    const rest = compare(other, found);
    return rest.missing.length + rest.extra.length + rest.misshaped.length === 0;
  });
  return {
    reason: 'bad-weights',
    headline: `${file} does not fit ${architecture.architecture}: ${counts.join(', ')}`,
    values: {
      file,
      architecture: architecture.architecture,
      ...(missing.length > 0 && { missing: listNames(missing) }),
      ...(extra.length > 0 && { 'not expected': listNames(extra) }),
      ...(misshaped.length > 0 && { 'wrong shape': listNames(misshaped, 6) }),
      ...(guesses.length > 0 && { 'perhaps renamed': listNames(guesses, 6) }),
    },
    help: fits
      ? `The file fits ${fits.architecture}: write architecture: ${fits.architecture}.`
      : 'Name the architecture (and its options: classes, filters, channels) the weights were trained with, or export them under its names.',
  };
}

interface Differences {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  /** In words. */
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
      : [`${name} is [${given.join(', ')}], expected [${shape.join(', ')}]`];
  });
  return { missing, extra, misshaped };
}

function count(list: readonly string[], what: string): string {
  return list.length === 0 ? '' : `${list.length} tensor${list.length === 1 ? '' : 's'} ${what}`;
}

/** A batch-norm whose running variance is negative would give NaN. */
export function checkVariances(
  architecture: Architecture,
  tensors: ReadonlyMap<string, Tensor>,
  file: string,
): Failure | undefined {
  for (const layer of architecture.layers) {
    const name = layer.weights['running_var']?.tensor;
    const at = name === undefined ? -1 : (tensors.get(name)?.data.findIndex((value) => value < 0) ?? -1);
    if (name === undefined || at < 0) continue;
    return {
      reason: 'bad-weights',
      headline: `${name} holds a negative variance`,
      values: { file, tensor: name, index: `[${at}]`, value: tensors.get(name)?.data[at] as number },
      help: 'Export the weights again: a variance cannot be negative, and the network would give NaN.',
    };
  }
  return undefined;
}
