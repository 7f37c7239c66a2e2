// Checks of architectures and layers before a network is there: the zoo is plain data.
import type { NodeMistake, UpstreamStep } from '../../runtime/contracts/define.ts';
import { FailureError, hasReason } from '../../runtime/contracts/failure.ts';
import type { Failure } from '../../runtime/contracts/failure.ts';
import { findLayer } from '../../network/tap.ts';
import type { Architecture } from '../../network/zoo/architecture.ts';
import { buildArchitecture } from '../../network/zoo/build.ts';
import type { ArchitectureOptions } from '../../network/zoo/build.ts';
import { foreseenNetwork } from '../kinds/network.ts';

type Built = { readonly architecture: Architecture } | { readonly failure: Failure };

/** Results by name and options, since a sweep asks for the same ones again and again. */
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

/** Mistakes in the name of an architecture and in its options. */
export function checkArchitecture(name: string, options?: ArchitectureOptions): readonly NodeMistake[] {
  const result = build(name, options);
  return 'failure' in result ? [{ ...result.failure, pointer: pointerOf(result.failure) }] : [];
}

function pointerOf(given: Failure): string {
  if (given.reason === 'unknown-architecture') return '/architecture';
  return hasReason(given, 'bad-architecture-option') ? `/options/${given.data.option}` : '/options';
}

/** The architecture, or undefined where name and options cannot be built. */
export function tryArchitecture(name: string, options?: ArchitectureOptions): Architecture | undefined {
  const result = build(name, options);
  return 'failure' in result ? undefined : result.architecture;
}

/** The network that a step will give, for `foresee`. A name or an option that is wrong is the mistake of that step. */
export function foreseeArchitecture(name: unknown, options: unknown): Architecture | undefined {
  return typeof name === 'string' ? tryArchitecture(name, options as ArchitectureOptions | undefined) : undefined;
}

/** Mistakes in the name of a layer, where the layers of its network are foreseen. */
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
