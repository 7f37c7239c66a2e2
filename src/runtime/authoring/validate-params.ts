// Checks the parameters of a step against the schema of its node type, and fills in the defaults.
import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { NodeDefinition } from '../contracts/define.ts';
import type { ParamSchema } from './describe-schema.ts';
import { explainErrors, unknownParameter, withoutRenamed } from './explain-errors.ts';
import type { Explained } from './explain-errors.ts';
import type { Failure } from '../contracts/failure.ts';
import type { Json } from '../contracts/graph.ts';

/** Checks `params`, which get their defaults, and says all that is wrong with them. */
export type ParamValidator = (definition: NodeDefinition, params: Record<string, Json>) => readonly Explained[];

/** A validator that compiles the schema of a node type once. */
export function createParamValidator(): ParamValidator {
  // Not strict: schemas of users may hold annotations of their own. `file` is one of ours. What is no schema shows when it is
  // compiled: checking it against the schema of schemas first would take longer than all else here.
  const ajv = new Ajv({
    allErrors: true,
    useDefaults: true,
    verbose: true,
    strict: false,
    validateFormats: false,
    meta: false,
    validateSchema: false,
  });
  const compiled = new Map<NodeDefinition, ValidateFunction | Failure>();
  return (definition, params) => {
    let validate = compiled.get(definition);
    if (validate === undefined) compiled.set(definition, (validate = compile(ajv, definition)));
    if (typeof validate === 'object') return [{ pointer: '', isKey: false, failure: validate }];
    const unknown = unknownNames(definition.params as ParamSchema, params);
    const known = Object.keys(definition.params.properties);
    const explained: Explained[] = unknown.map((name) => ({
      pointer: `/${name}`,
      isKey: true,
      failure: unknownParameter(name, known, definition.type),
    }));
    for (const name of unknown) Reflect.deleteProperty(params, name);
    if (validate(params)) return explained;
    return withoutRenamed([...explained, ...explainErrors(validate.errors as ErrorObject[], definition.type)]);
  };
}

/** What a schema does not say it takes is a slip of the pen, even where it does not forbid it. */
function unknownNames(schema: ParamSchema, params: Readonly<Record<string, Json>>): string[] {
  const open =
    schema.patternProperties !== undefined ||
    (schema.additionalProperties !== undefined && schema.additionalProperties !== false);
  return open ? [] : Object.keys(params).filter((name) => !Object.hasOwn(schema.properties ?? {}, name));
}

function compile(ajv: Ajv, definition: NodeDefinition): ValidateFunction | Failure {
  try {
    return ajv.compile(definition.params);
  } catch (error) {
    return {
      reason: 'bad-node-type',
      headline: `the parameters of the node type ${definition.type} are no valid schema`,
      values: { message: schemaMistakes(definition) ?? (error as Error).message },
      help: 'Describe them with Type.Object({ ... }).',
    };
  }
}

/** What is wrong with a schema, and where in it. */
function schemaMistakes(definition: NodeDefinition): string | undefined {
  const ajv = new Ajv({ strict: false });
  return ajv.validateSchema(definition.params) === true ? undefined : `schema is invalid: ${ajv.errorsText()}`;
}
