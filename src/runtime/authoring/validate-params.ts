// Checks the parameters of a step against the schema of its node type, and fills in the defaults.
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import type { NodeDefinition } from '../contracts/define.ts';
import { failure } from '../contracts/failure.ts';
import type { Failure } from '../contracts/failure.ts';
import type { Json } from '../contracts/graph.ts';
import { choicesOf, describeSchema, firstSentence } from './describe-schema.ts';
import type { ParamSchema } from './describe-schema.ts';
import { keysOf, schemaMistakes, unknownKey, withoutRenamed } from './schema-mistakes.ts';
import type { SchemaMistake } from './schema-mistakes.ts';
import { describeJson, pointerParts } from './written.ts';

export interface ParamMistake {
  /** JSON pointer of the wrong value or key. */
  readonly pointer: string;
  /** True if the mistake is about a key, false if it is about a value. */
  readonly isKey: boolean;
  readonly failure: Failure;
}

/** Checks `params`, fills in their defaults, and returns all mistakes. */
export type ParamValidator = (definition: NodeDefinition, params: Record<string, Json>) => readonly ParamMistake[];

/** Creates a compiler of schemas. The compiled validators report all mistakes and fill in defaults. */
export function createCompiler(): Ajv {
  // Not strict, because schemas may contain annotations of Lethe or of users. Schemas are not checked against the
  // meta-schema, because that would take longer than everything else here, and compiling reveals an invalid schema.
  return new Ajv({
    allErrors: true,
    useDefaults: true,
    verbose: true,
    strict: false,
    validateFormats: false,
    meta: false,
    validateSchema: false,
  });
}

/** Creates a validator that compiles the schema of a node type only once. */
export function createParamValidator(): ParamValidator {
  const ajv = createCompiler();
  const compiled = new Map<NodeDefinition, ValidateFunction | Failure>();
  return (definition, params) => {
    let validate = compiled.get(definition);
    if (validate === undefined) compiled.set(definition, (validate = compile(ajv, definition)));
    if (typeof validate === 'object') return [{ pointer: '', isKey: false, failure: validate }];
    const schema = definition.params as ParamSchema;
    const unknown = unknownNames(schema, params).map((name) => unknownKey('', name, schema));
    for (const { name } of unknown) Reflect.deleteProperty(params, name);
    const isValid = validate(params);
    if (isValid && unknown.length === 0) return [];
    const mistakes = isValid ? unknown : [...unknown, ...schemaMistakes(validate.errors ?? [])];
    return withoutRenamed(mistakes).map((mistake) => ({
      pointer: mistake.pointer,
      isKey: mistake.sort !== 'value',
      failure: explain(mistake, definition.type),
    }));
  };
}

/**
 * Names that are not in a schema. JSON Schema allows them by default. Here they count as misspellings, unless the
 * schema allows them by `patternProperties` or `additionalProperties`.
 */
function unknownNames(schema: ParamSchema, params: Readonly<Record<string, Json>>): string[] {
  const open =
    schema.patternProperties !== undefined ||
    (schema.additionalProperties !== undefined && schema.additionalProperties !== false);
  return open ? [] : Object.keys(params).filter((name) => !Object.hasOwn(schema.properties ?? {}, name));
}

function explain({ sort, pointer, owner: at, name, schema, given }: SchemaMistake, node: string): Failure {
  const owner = at === '' ? node : nameOf(at);
  if (sort === 'unknown') return failure('unknown-parameter', { owner, name, known: keysOf(schema) });
  if (sort === 'missing') {
    const property = schema.properties?.[name];
    const expected = property === undefined ? {} : { expected: describeSchema(property) };
    return failure('missing-parameter', { owner, name, ...expected, ...helpOf(property) });
  }
  return failure('bad-parameter', {
    what: nameOf(pointer),
    expected: describeSchema(schema),
    given: describeJson(given),
    ...choiceNames(schema, given),
    ...helpOf(schema),
  });
}

function helpOf(schema: ParamSchema | undefined): { readonly help?: string } {
  return schema?.description === undefined ? {} : { help: firstSentence(schema.description) };
}

/**
 * Allowed texts and the given text, for a failure that suggests the nearest allowed text. Empty if the given value is
 * not a text, or if the schema is not a choice of constants.
 */
export function choiceNames(
  schema: ParamSchema,
  given: Json,
): { readonly choices?: readonly string[]; readonly text?: string } {
  const choices = choicesOf(schema)?.filter((choice) => typeof choice === 'string');
  return choices === undefined || typeof given !== 'string' ? {} : { choices, text: given };
}

/** Name of a parameter in messages: `files[0]`, `options.width`. */
function nameOf(pointer: string): string {
  const parts = pointerParts(pointer);
  return (
    parts.map((part, i) => (/^\d+$/.test(part) && i > 0 ? `[${part}]` : i === 0 ? part : `.${part}`)).join('') || 'with'
  );
}

function compile(ajv: Ajv, definition: NodeDefinition): ValidateFunction | Failure {
  try {
    return ajv.compile(definition.params);
  } catch (error) {
    const message = mistakesOfSchema(definition) ?? (error as Error).message;
    return failure('bad-node-type', {
      type: definition.type,
      problem: 'its parameters are not a valid schema',
      values: { message },
      help: 'Describe them with Type.Object({ ... }).',
    });
  }
}

/** Description of the mistakes in a schema, with their positions. Undefined if the schema is valid. */
function mistakesOfSchema(definition: NodeDefinition): string | undefined {
  const strict = new Ajv({ strict: false });
  return strict.validateSchema(definition.params) === true ? undefined : `schema is invalid: ${strict.errorsText()}`;
}
