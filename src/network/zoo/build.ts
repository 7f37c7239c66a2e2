// Builds architectures of the zoo by name.
import { Errors } from '@sinclair/typebox/errors';
import { didYouMean } from '../../runtime/contracts/did-you-mean.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import type { Architecture } from './architecture.ts';
import { ZOO } from './index.ts';
import type { ZooCard } from './zoo-card.ts';

export type ArchitectureOptions = Readonly<Record<string, unknown>>;

/** Names of architectures, for lists and suggestions. */
export const ARCHITECTURE_NAMES: readonly string[] = ZOO.flatMap((card) => card.names);

/** Texts for messages: all names of architectures, and a description of each name pattern such as `resnet<depth>`. */
export const KNOWN_ARCHITECTURES: readonly string[] = [
  ...ARCHITECTURE_NAMES,
  ...ZOO.flatMap(({ more }) => (more === undefined ? [] : [more.doc])),
];

/**
 * Builds an architecture by name, with defaults for omitted options. Throws `FailureError`: `unknown-architecture`,
 * `bad-architecture-option`, and the failures of the card's own `build`.
 */
export function buildArchitecture(name: string, options: ArchitectureOptions = {}): Architecture {
  const card = ZOO.find(({ names, more }) => names.includes(name) || more?.pattern.test(name) === true);
  if (card !== undefined) return card.build(name, completeOptions(card, name, options));
  const meant = didYouMean(name, ARCHITECTURE_NAMES);
  return fail(
    failure('unknown-architecture', {
      architecture: name,
      near: meant === undefined ? [] : [meant],
      known: KNOWN_ARCHITECTURES,
    }),
  );
}

function completeOptions({ params }: ZooCard, architecture: string, given: ArchitectureOptions): ArchitectureOptions {
  const takes = Object.keys(params.properties);
  const options: Record<string, unknown> = {};
  for (const [option, value] of Object.entries(given)) {
    const schema = Object.hasOwn(params.properties, option) ? params.properties[option] : undefined;
    const meant = didYouMean(option, takes);
    const place = { architecture, option, value: JSON.stringify(value), takes };
    if (schema === undefined)
      return fail(failure('bad-architecture-option', { ...place, ...(meant !== undefined && { meant }) }));
    const problem = Errors(schema, value).First()?.message;
    if (problem !== undefined) fail(failure('bad-architecture-option', { ...place, problem: problem.toLowerCase() }));
    options[option] = value;
  }
  for (const [option, { default: fallback }] of Object.entries(params.properties))
    if (fallback !== undefined) options[option] ??= fallback;
  return options;
}
