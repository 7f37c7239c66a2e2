// From the errors of the schema validator to mistakes people understand: one for each thing that is wrong.
import type { ErrorObject } from 'ajv';
import { choicesOf, describeSchema } from './describe-schema.ts';
import type { ParamSchema } from './describe-schema.ts';
import { listNames, nearest } from '../contracts/did-you-mean.ts';
import type { Failure } from '../contracts/failure.ts';
import type { Json } from '../contracts/graph.ts';
import { describeJson, escapePointer, unescapePointer } from './written.ts';

export interface Explained {
  /** JSON pointer of the value concerned, or of the key. */
  readonly pointer: string;
  /** The mistake is the name, not the value. */
  readonly isKey: boolean;
  readonly failure: Failure;
}

/** `errors` have to be of a validator with `allErrors` and `verbose`. */
export function explainErrors(errors: readonly ErrorObject[], node: string): Explained[] {
  const told = new Set<string>();
  const explained: Explained[] = [];
  for (const error of withoutBranches(errors)) {
    const one = explain(error, node);
    const place = `${one.isKey ? 'key' : 'value'} ${one.pointer}`;
    if (!told.has(place)) explained.push(one);
    told.add(place);
  }
  return withoutRenamed(explained);
}

/** A missing name that was meant by an unknown one beside it is no second mistake. */
export function withoutRenamed(explained: readonly Explained[]): Explained[] {
  const parent = (pointer: string): string => pointer.slice(0, pointer.lastIndexOf('/'));
  const meant = new Set(
    explained.flatMap(({ pointer, failure }) => {
      const near = failure.reason === 'unknown-parameter' ? failure.values?.['did you mean'] : undefined;
      return near === undefined ? [] : [`${parent(pointer)}/${escapePointer(String(near))}`];
    }),
  );
  return explained.filter(({ pointer, failure }) => failure.reason !== 'missing-parameter' || !meant.has(pointer));
}

/**
 * A value that fits none of several alternatives gives an error for each of them and one for all. If some alternatives are
 * wrong only further inside, the value was meant as one of those: their errors stay. Else the one for all does.
 */
function withoutBranches(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  let kept = errors;
  for (const whole of errors) {
    if (whole.keyword !== 'anyOf' && whole.keyword !== 'oneOf') continue;
    const branchOf = (error: ErrorObject): string | undefined =>
      error.schemaPath.startsWith(`${whole.schemaPath}/`)
        ? error.schemaPath.slice(whole.schemaPath.length + 1).split('/')[0]
        : undefined;
    const atTop = new Set(
      kept.filter((error) => error.instancePath === whole.instancePath && !isInside(error)).map(branchOf),
    );
    const inner = kept.filter((error) => branchOf(error) !== undefined && !atTop.has(branchOf(error)));
    const best = inner.length > 0 ? branchOf(inner[0] as ErrorObject) : undefined;
    kept = kept.filter((error) =>
      error === whole ? best === undefined : branchOf(error) === undefined || branchOf(error) === best,
    );
  }
  return kept;
}

/** Errors about what is in a map, though the validator reports them at the map. */
function isInside(error: ErrorObject): boolean {
  return error.keyword === 'required' || error.keyword === 'additionalProperties';
}

function explain(error: ErrorObject, node: string): Explained {
  const { instancePath, keyword, params, parentSchema, data } = error;
  const schema = (parentSchema ?? {}) as ParamSchema;
  if (keyword === 'additionalProperties') {
    return unknownKey(instancePath, String((params as { additionalProperty: unknown }).additionalProperty), {
      schema,
      node,
    });
  }
  if (keyword === 'required')
    return missingKey(instancePath, String((params as { missingProperty: unknown }).missingProperty), { schema, node });
  const given = data as Json;
  const choices = choicesOf(schema)?.filter((choice) => typeof choice === 'string');
  const name = nameOf(instancePath);
  const failure: Failure = {
    reason: 'bad-parameter',
    headline: `${name} has to be ${describeSchema(schema)}`,
    values: {
      given: describeJson(given),
      ...(choices !== undefined && typeof given === 'string' ? nearest(given, choices) : {}),
    },
    ...(schema.description === undefined ? {} : { help: firstSentence(schema.description) }),
  };
  return { pointer: instancePath, isKey: false, failure };
}

interface At {
  readonly schema: ParamSchema;
  readonly node: string;
}

function unknownKey(pointer: string, name: string, { schema, node }: At): Explained {
  const known = Object.keys(schema.properties ?? {});
  return {
    pointer: `${pointer}/${escapePointer(name)}`,
    isKey: true,
    failure: unknownParameter(name, known, pointer === '' ? node : nameOf(pointer)),
  };
}

export function unknownParameter(name: string, known: readonly string[], owner: string): Failure {
  return {
    reason: 'unknown-parameter',
    headline: `${owner} has no parameter ${name}`,
    values: nearest(name, known),
    help: known.length === 0 ? 'It takes no parameters.' : `Parameters: ${listNames(known)}.`,
  };
}

function missingKey(pointer: string, name: string, { schema, node }: At): Explained {
  const property = schema.properties?.[name];
  const failure: Failure = {
    reason: 'missing-parameter',
    headline: `${pointer === '' ? node : nameOf(pointer)} needs the parameter ${name}`,
    values: property === undefined ? {} : { expected: describeSchema(property) },
    ...(property?.description === undefined ? {} : { help: firstSentence(property.description) }),
  };
  return { pointer: `${pointer}/${escapePointer(name)}`, isKey: true, failure };
}

const firstSentence = (text: string): string => text.split('\n')[0] ?? text;

/** `files[0]`, `options.width`. */
function nameOf(pointer: string): string {
  const parts = unescapePointer(pointer);
  return (
    parts.map((part, i) => (/^\d+$/.test(part) && i > 0 ? `[${part}]` : i === 0 ? part : `.${part}`)).join('') || 'with'
  );
}
