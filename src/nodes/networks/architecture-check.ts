// Checks of architecture and layer names before a network exists. The zoo is plain data, so the checks need no tensor
// library.
import type { NodeMistake, UpstreamStep } from '../../runtime/contracts/define.ts';
import { FailureError, hasReason } from '../../runtime/contracts/failure.ts';
import type { Failure } from '../../runtime/contracts/failure.ts';
import { findLayer } from '../../network/tap.ts';
import type { Architecture } from '../../network/zoo/architecture.ts';
import { buildArchitecture } from '../../network/zoo/build.ts';
import type { ArchitectureOptions } from '../../network/zoo/build.ts';
import { foreseenNetwork } from '../kinds/network.ts';

type Built = { readonly architecture: Architecture } | { readonly failure: Failure };

/** Cache of built architectures by name and options, since a sweep asks for the same architectures repeatedly. */
const built = new Map<string, Built>();

function build(name: string, options: ArchitectureOptions = {}): Built {
  const id = JSON.stringify([name, options]);
  const known = built.get(id);
  if (known !== undefined) return known;
  const made = attempt(() => buildArchitecture(name, options));
  const result = 'failure' in made ? made : { architecture: made.value };
  built.set(id, result);
  return result;
}

/** Returns the mistakes in the name of an architecture or in its options. */
export function checkArchitecture(name: string, options?: ArchitectureOptions): readonly NodeMistake[] {
  const result = build(name, options);
  return 'failure' in result ? [{ ...result.failure, pointer: pointerOf(result.failure) }] : [];
}

function pointerOf(given: Failure): string {
  if (given.reason === 'unknown-architecture') return '/architecture';
  return hasReason(given, 'bad-architecture-option') ? `/options/${given.data.option}` : '/options';
}

/** Returns the architecture; undefined if it cannot be built from this name and these options. */
export function tryArchitecture(name: string, options?: ArchitectureOptions): Architecture | undefined {
  const result = build(name, options);
  return 'failure' in result ? undefined : result.architecture;
}

/**
 * Returns, for `foresee`, the description of the network that a step will give. It is undefined for a wrong name or
 * option, which the `check` of the step reports.
 */
export function foreseeArchitecture(name: unknown, options: unknown): Architecture | undefined {
  return typeof name === 'string' ? tryArchitecture(name, options as ArchitectureOptions | undefined) : undefined;
}

/** Returns the mistakes in the name of a layer; empty if the layers of the network are not known in advance. */
export function checkLayer(layer: string, step: UpstreamStep | undefined): readonly NodeMistake[] {
  const network = foreseenNetwork(step);
  if (network === undefined) return [];
  const found = attempt(() => findLayer(network, layer));
  return 'failure' in found ? [{ ...found.failure, pointer: '/layer' }] : [];
}

function attempt<T>(work: () => T): { readonly value: T } | { readonly failure: Failure } {
  try {
    return { value: work() };
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    return { failure: error.failure };
  }
}
