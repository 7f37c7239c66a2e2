// Schemas of the parameters that name an architecture and its options, made from the cards of the zoo.
import type { TSchema } from '@sinclair/typebox';
import { Type } from '@sinclair/typebox';
import { ARCHITECTURE_NAMES, KNOWN_ARCHITECTURES } from '../../network/zoo/build.ts';
import { ZOO } from '../../network/zoo/index.ts';
import type { ZooCard } from '../../network/zoo/zoo-card.ts';

/** Schema of the name of an architecture. It accepts any text; `checkArchitecture` reports names that do not exist. */
export const architectureParam = Type.String({
  minLength: 1,
  examples: ARCHITECTURE_NAMES,
  description: `Name of the architecture: ${KNOWN_ARCHITECTURES.join(', ')}.`,
});

/** Paragraph for the docs of node types: the list of architectures. */
export const ARCHITECTURES_DOC = ['Architectures:', ...ZOO.map(({ name, doc }) => `${name}: ${doc}`)].join('\n');

interface Variant {
  readonly card: string;
  readonly schema: TSchema;
}

/**
 * Schema of the options of all architectures, without the options named in `except`. No option has a default here,
 * because defaults depend on the architecture. `buildArchitecture` rejects options that the chosen architecture does
 * not have.
 */
export function optionsParam(description: string, except: readonly string[] = [], zoo: readonly ZooCard[] = ZOO) {
  const variants = new Map<string, Variant[]>();
  for (const { name: card, params } of zoo) {
    for (const [option, schema] of Object.entries(params.properties)) {
      if (!except.includes(option)) variants.set(option, [...(variants.get(option) ?? []), { card, schema }]);
    }
  }
  const properties = [...variants].map(
    ([option, list]) => [option, Type.Optional(optionSchema(list, zoo.length))] as const,
  );
  return Type.Object(Object.fromEntries(properties), { additionalProperties: false, description });
}

function optionSchema(variants: readonly Variant[], families: number): TSchema {
  const description = describeOption(variants, families);
  const schemas = new Map(
    variants.map(({ schema }) => withoutDefault(schema, description)).map((s) => [JSON.stringify(s), s]),
  );
  const [first] = schemas.values();
  return schemas.size === 1 ? first! : Type.Union([...schemas.values()], { description });
}

function withoutDefault(schema: TSchema, description: string): TSchema {
  const copy = { ...schema, description };
  delete copy.default;
  return copy;
}

function describeOption(variants: readonly Variant[], families: number): string {
  const cards = (some: readonly Variant[]): string => some.map(({ card }) => card).join(', ');
  const texts = [...new Set(variants.map(({ schema }) => schema.description ?? ''))];
  const only = variants.length === families ? [] : [`Only for ${cards(variants)}.`];
  const values = [...new Set(variants.map(({ schema }) => JSON.stringify(schema.default)))];
  const defaults = values
    .filter((value) => (value as string | undefined) !== undefined)
    .map((value) => {
      const own = variants.filter(({ schema }) => JSON.stringify(schema.default) === value);
      return values.length === 1 ? value : `${value} (${cards(own)})`;
    });
  return [...texts, ...only, ...(defaults.length > 0 ? [`Default: ${defaults.join(', ')}.`] : [])].join(' ');
}
