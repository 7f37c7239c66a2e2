// Converts the schema of a parameter to a schema for editors: parameters with a default are optional, choices are
// enums, annotations of Lethe are removed.
import { choicesOf } from '../../src/runtime/authoring/describe-schema.ts';
import type { ParamSchema } from '../../src/runtime/authoring/describe-schema.ts';
import type { Json } from '../../src/runtime/contracts/graph.ts';

type JsonSchema = { readonly [key: string]: Json };

/** Keywords of JSON Schema that are copied unchanged, because they constrain or describe the value itself. */
const COPIED = [
  'type',
  'description',
  'default',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minProperties',
  'propertyNames',
  'not',
] as const;

/** Converts a schema. `wrap` is applied to the schemas of all inner values, such as items and properties. */
export function inputView(schema: ParamSchema, wrap: (view: JsonSchema) => JsonSchema = (view) => view): JsonSchema {
  const view: Record<string, Json> = {};
  for (const key of COPIED) {
    const value = schema[key];
    if (value !== undefined) view[key] = value as Json;
  }
  if (schema.description !== undefined) view['markdownDescription'] = schema.description;
  const choices = choicesOf(schema);
  if (choices !== undefined) {
    delete view['type'];
    return { ...view, enum: choices };
  }
  const inner = (one: ParamSchema): JsonSchema => wrap(inputView(one, wrap));
  const { anyOf, oneOf, allOf, items, properties, patternProperties, additionalProperties } = schema;
  const alternatives = anyOf ?? oneOf;
  if (alternatives !== undefined) view['anyOf'] = alternatives.map((one) => inputView(one, wrap));
  if (allOf !== undefined) view['allOf'] = allOf.map((one) => inputView(one, wrap));
  if (items !== undefined)
    view['items'] = Array.isArray(items) ? (items as readonly ParamSchema[]).map(inner) : inner(items as ParamSchema);
  if (properties !== undefined) {
    view['properties'] = mapValues(properties, inner);
    const required = (schema.required ?? []).filter((name) => properties[name]?.default === undefined);
    if (required.length > 0) view['required'] = required;
  }
  if (patternProperties !== undefined) view['patternProperties'] = mapValues(patternProperties, inner);
  if (additionalProperties !== undefined) {
    view['additionalProperties'] =
      typeof additionalProperties === 'object' ? inner(additionalProperties) : additionalProperties;
  }
  return view;
}

function mapValues(map: Readonly<Record<string, ParamSchema>>, view: (schema: ParamSchema) => JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(map).map(([name, schema]) => [name, view(schema)]));
}
