// Converts the errors of the schema validator to mistakes: one mistake for each wrong key or value.
import type { ErrorObject } from 'ajv';
import { didYouMean } from '../contracts/did-you-mean.ts';
import type { Json } from '../contracts/graph.ts';
import type { ParamSchema } from './describe-schema.ts';
import { escapePointer } from './written.ts';

export interface SchemaMistake {
  /** Sort of mistake: an unknown key, a missing key, a bad name of an entry, or a wrong value. */
  readonly sort: 'unknown' | 'missing' | 'name' | 'value';
  /** JSON pointer of the wrong value or key. */
  readonly pointer: string;
  /** JSON pointer of the map or list that contains the value or key. */
  readonly owner: string;
  /** Last part of `pointer`. */
  readonly name: string;
  /** Schema of the wrong value. For a wrong key: the schema of the map. */
  readonly schema: ParamSchema;
  /** Value that was given; meaningful only for a wrong value. */
  readonly given: Json;
}

/** Converts the errors of an ajv validator with the options `allErrors` and `verbose`. */
export function schemaMistakes(errors: readonly ErrorObject[]): readonly SchemaMistake[] {
  const seen = new Set<string>();
  const mistakes: SchemaMistake[] = [];
  for (const error of withoutBranches(errors)) {
    // ajv reports a bad name twice. The error of the schema for names is skipped here.
    if (error.propertyName !== undefined) continue;
    const mistake = mistakeOf(error);
    const place = `${mistake.sort === 'value' ? 'value' : 'key'} ${mistake.pointer}`;
    if (!seen.has(place)) mistakes.push(mistake);
    seen.add(place);
  }
  return mistakes;
}

/** Removes a mistake about a missing key if an unknown key is probably a misspelling of that key. */
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

/** Mistake about a key that the schema of its map does not have. */
export function unknownKey(owner: string, name: string, schema: ParamSchema): SchemaMistake {
  return { sort: 'unknown', pointer: pointerTo(owner, name), owner, name, schema, given: null };
}

const pointerTo = (owner: string, name: string): string => `${owner}/${escapePointer(name)}`;

/** Errors of ajv about keys, by keyword: the sort of mistake, and the parameter of the error that contains the key. */
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
 * Removes redundant errors about alternatives (`anyOf`, `oneOf`). For a value that fits no alternative, ajv reports
 * errors for each alternative and one error for the whole value. The first alternative whose errors all lie inside the
 * value was probably meant, and only its errors are kept. If there is none, only the error for the whole value is kept.
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

/** True if `error` belongs to an alternative of the failed `anyOf` or `oneOf` that `whole` reports. */
function isWithin(error: ErrorObject, whole: ErrorObject): boolean {
  const isInValue =
    error.instancePath === whole.instancePath || error.instancePath.startsWith(`${whole.instancePath}/`);
  return isInValue && error.schemaPath.startsWith(`${whole.schemaPath}/`);
}

/** True for an error about a key. The validator reports such errors at the map that contains the key. */
function isInside(error: ErrorObject): boolean {
  return KEY_ERRORS[error.keyword] !== undefined;
}
