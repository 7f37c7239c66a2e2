// Describes in words which values a JSON schema allows. Used in failures, hovers and `lethe nodes`.
import type { Json } from '../contracts/graph.ts';

/** A JSON schema: the keywords that TypeBox generates, and annotations of Lethe. */
export interface ParamSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  /** Annotation of Lethe, set in pipeline-form.ts: the name of the value in failures. */
  readonly title?: string;
  /** Annotation of Lethe: a description of the allowed values that replaces the generated one. */
  readonly expected?: string;
  /** Annotation of Lethe: advice shown when the value is wrong. */
  readonly help?: string;
  /** Annotation of Lethe for maps: the kind of thing that each key names, e.g. "a step". */
  readonly names?: string;
  readonly default?: Json;
  readonly const?: Json;
  readonly enum?: readonly Json[];
  /** Suggested values; others are allowed. */
  readonly examples?: readonly Json[];
  readonly anyOf?: readonly ParamSchema[];
  readonly oneOf?: readonly ParamSchema[];
  readonly allOf?: readonly ParamSchema[];
  readonly not?: ParamSchema;
  readonly minProperties?: number;
  readonly propertyNames?: ParamSchema;
  readonly items?: ParamSchema | readonly ParamSchema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, ParamSchema>>;
  readonly patternProperties?: Readonly<Record<string, ParamSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | ParamSchema;
  /**
   * Annotation of Lethe: the value is the path of a file. `within` names the parameter that holds the folder of the
   * file.
   */
  readonly file?: true | { readonly within: string };
}

/** Constants that a value may be. Undefined if the schema also allows other values. */
export function choicesOf(schema: ParamSchema): readonly Json[] | undefined {
  if (schema.const !== undefined) return [schema.const];
  if (schema.enum !== undefined) return schema.enum;
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches === undefined) return undefined;
  const choices = branches.map(choicesOf);
  return choices.every((choice) => choice !== undefined) ? choices.flat() : undefined;
}

/** Description such as `a whole number of at least 1`, `one of cifar10, cub`, `a list of text`. */
export function describeSchema(schema: ParamSchema): string {
  const choices = choicesOf(schema);
  if (choices !== undefined)
    return choices.length === 1 ? choiceText(choices[0] ?? null) : `one of ${choices.map(choiceText).join(', ')}`;
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return [...new Set(branches.map(describeSchema))].join(' or ');
  if (Array.isArray(schema.type))
    return schema.type.map((type: string) => describeSchema({ ...schema, type })).join(' or ');
  switch (schema.type) {
    case 'integer':
    case 'number':
      return describeNumber(schema);
    case 'string':
      return describeText(schema);
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'array':
      return describeList(schema);
    case 'object':
      return 'a map (key: value)';
    default:
      return 'a value';
  }
}

/** First line of a text. */
export const firstSentence = (text: string): string => text.split('\n')[0] ?? text;

function choiceText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function describeNumber(schema: ParamSchema): string {
  const bounds = [
    ...(schema.minimum === undefined ? [] : [`at least ${schema.minimum}`]),
    ...(schema.exclusiveMinimum === undefined ? [] : [`more than ${schema.exclusiveMinimum}`]),
    ...(schema.maximum === undefined ? [] : [`at most ${schema.maximum}`]),
    ...(schema.exclusiveMaximum === undefined ? [] : [`less than ${schema.exclusiveMaximum}`]),
    ...(schema.multipleOf === undefined ? [] : [`a multiple of ${schema.multipleOf}`]),
  ];
  const noun = schema.type === 'integer' ? 'a whole number' : 'a number';
  return bounds.length === 0 ? noun : `${noun}, ${bounds.join(' and ')}`;
}

function describeText(schema: ParamSchema): string {
  if (schema.file !== undefined) return 'the path of a file';
  if (schema.pattern !== undefined) return `text that matches ${schema.pattern}`;
  if (schema.minLength === 1 && schema.maxLength === undefined) return 'text that is not empty';
  const bounds = [
    ...(schema.minLength === undefined ? [] : [`at least ${schema.minLength}`]),
    ...(schema.maxLength === undefined ? [] : [`at most ${schema.maxLength}`]),
  ];
  return bounds.length === 0 ? 'text' : `text of ${bounds.join(' and ')} characters`;
}

const PLURALS: Readonly<Record<string, string>> = {
  text: 'text',
  'a number': 'numbers',
  'a whole number': 'whole numbers',
};

function describeList(schema: ParamSchema): string {
  const { minItems, maxItems, items } = schema;
  const bounds = [
    ...(minItems === undefined ? [] : [`at least ${minItems}`]),
    ...(maxItems === undefined ? [] : [`at most ${maxItems}`]),
  ];
  const count =
    minItems !== undefined && minItems === maxItems
      ? `${minItems} values`
      : bounds.length > 0
        ? `${bounds.join(' and ')} values`
        : undefined;
  const unique = schema.uniqueItems === true ? ', none of them twice' : '';
  if (items === undefined) return `a list${count === undefined ? '' : ` of ${count}`}${unique}`;
  const one = Array.isArray(items)
    ? (items as readonly ParamSchema[]).map(describeSchema).join(', ')
    : describeSchema(items as ParamSchema);
  if (Array.isArray(items)) return `a list of ${one}`;
  const several = PLURALS[one];
  if (count === undefined && several !== undefined) return `a list of ${several}${unique}`;
  return `a list${count === undefined ? '' : ` of ${count}`}, each ${one}${unique}`;
}
