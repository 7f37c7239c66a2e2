// Converts the errors of the schema validator to mistakes, one for each wrong thing.
import type { ErrorObject } from 'ajv';
import { didYouMean } from '../contracts/did-you-mean.ts';
import type { Json } from '../contracts/graph.ts';
import type { ParamSchema } from './describe-schema.ts';
import { escapePointer } from './written.ts';

export interface SchemaMistake {
  /** Sort of mistake: an unknown or missing key, a bad name of an entry, or a wrong value. */
  readonly sort: 'unknown' | 'missing' | 'name' | 'value';
  /** JSON pointer of the value or of the key. */
  readonly pointer: string;
  /** JSON pointer of the map with the key or value. */
  readonly owner: string;
  /** Last part of the pointer. */
  readonly name: string;
  /** Schema of the value; for a key, that of the map. */
  readonly schema: ParamSchema;
  /** The value that was given. */
  readonly given: Json;
}

/** Converts errors of a validator with the options `allErrors` and `verbose`. */
export function schemaMistakes(errors: readonly ErrorObject[]): readonly SchemaMistake[] {
  const seen = new Set<string>();
  const mistakes: SchemaMistake[] = [];
  for (const error of withoutBranches(errors)) {
    // Errors about a name occur twice, once as errors of the schema for names.
    if (error.propertyName !== undefined) continue;
    const mistake = mistakeOf(error);
    const place = `${mistake.sort === 'value' ? 'value' : 'key'} ${mistake.pointer}`;
    if (!seen.has(place)) mistakes.push(mistake);
    seen.add(place);
  }
  return mistakes;
}

/** Mistakes without missing names for which an unknown name is a probable misspelling. */
export function withoutRenamed(mistakes: readonly SchemaMistake[]): readonly SchemaMistake[] {
  const meant = new Set(
    mistakes
      .filter(({ sort }) => sort === 'unknown')
      .map(({ owner, name, schema }) => pointerTo(owner, didYouMean(name, keysOf(schema)) ?? '')),
  );
  return mistakes.filter(({ sort, pointer }) => sort !== 'missing' || !meant.has(pointer));
}

/** Keys that a map may have according to its schema. */
export function keysOf(schema: ParamSchema): readonly string[] {
  return Object.keys(schema.properties ?? {});
}

/** Mistake for a key that is not in the schema of a map. */
export function unknownKey(owner: string, name: string, schema: ParamSchema): SchemaMistake {
  return { sort: 'unknown', pointer: pointerTo(owner, name), owner, name, schema, given: null };
}

const pointerTo = (owner: string, name: string): string => `${owner}/${escapePointer(name)}`;

/** Parameter of ajv's errors that contains the key, by keyword. */
const KEY_ERRORS: Readonly<Record<string, readonly [sort: SchemaMistake['sort'], param: string]>> = {
  additionalProperties: ['unknown', 'additionalProperty'],
  required: ['missing', 'missingProperty'],
  propertyNames: ['name', 'propertyName'],
};

function mistakeOf({ instancePath, keyword, params, parentSchema, data }: ErrorObject): SchemaMistake {
  const schema = (parentSchema ?? {}) as ParamSchema;
  const given = data as Json;
  const ofKey = KEY_ERRORS[keyword];
  if (ofKey !== undefined) {
    const [sort, param] = ofKey;
    const name = String((params as Readonly<Record<string, unknown>>)[param]);
    return { sort, pointer: pointerTo(instancePath, name), owner: instancePath, name, schema, given };
  }
  const at = instancePath.lastIndexOf('/');
  const [owner, name] = [instancePath.slice(0, Math.max(at, 0)), instancePath.slice(at + 1)];
  return { sort: 'value', pointer: instancePath, owner, name, schema, given };
}

/**
 * Errors without those of alternatives. For a value that fits no alternative, ajv reports errors for each alternative
 * and one for the whole. If some alternatives are wrong only further inside, one of these was meant, and their errors
 * remain; else only the error for the whole remains.
 */
function withoutBranches(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  let kept = errors;
  for (const whole of errors) {
    if (whole.keyword !== 'anyOf' && whole.keyword !== 'oneOf') continue;
    const branchOf = (error: ErrorObject): string | undefined =>
      isWithin(error, whole) ? error.schemaPath.slice(whole.schemaPath.length + 1).split('/')[0] : undefined;
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

/** True for an error in an alternative of `whole`, about the same value or a value inside it. */
function isWithin(error: ErrorObject, whole: ErrorObject): boolean {
  const isInValue =
    error.instancePath === whole.instancePath || error.instancePath.startsWith(`${whole.instancePath}/`);
  return isInValue && error.schemaPath.startsWith(`${whole.schemaPath}/`);
}

/** True for errors about keys inside a map, which the validator reports at the map itself. */
function isInside(error: ErrorObject): boolean {
  return KEY_ERRORS[error.keyword] !== undefined;
}
