// Checks a pipeline against the schema in pipeline-form.ts. Only the keywords of JSON Schema that this schema uses are
// implemented. ajv is not used, because compiling the schema would take longer than linking a pipeline.
import { didYouMean } from '../contracts/did-you-mean.ts';
import { failure } from '../contracts/failure.ts';
import type { Failure } from '../contracts/failure.ts';
import { describeSchema } from './describe-schema.ts';
import type { ParamSchema } from './describe-schema.ts';
import { NAME, PIPELINE_FORM, STEP_FORM } from './pipeline-form.ts';
import { reportOf } from './report.ts';
import type { Report } from './report.ts';
import { choiceNames } from './validate-params.ts';
import { describeWritten, isNothing } from './written.ts';
import type { Place, Written, WrittenEntry, WrittenMap } from './written.ts';

/** Reports every place where a pipeline does not match PIPELINE_FORM. */
export function checkForm(root: Written, report: Report): void {
  // Missing keys are reported at the first key, because underlining the whole pipeline would not help.
  const [first] = root.type === 'map' ? root.entries.values() : [];
  check(root, PIPELINE_FORM as ParamSchema, { name: '', key: first?.key ?? root.place, report });
}

/** Name of the value that is checked, and position at which its missing keys are reported. */
interface At {
  readonly name: string;
  readonly key: Place;
  readonly report: Report;
}

function check(value: Written, schema: ParamSchema, at: At): void {
  const { anyOf, items, expected } = schema;
  const fitting = anyOf === undefined ? schema : anyOf.find((branch) => fits(value, branch));
  if (fitting === undefined || !fits(value, fitting)) {
    const { name, report } = at;
    report(value.place, wrongValue(value, expected === undefined ? schema : { ...schema, expected }, name));
  } else if (fitting !== schema) check(value, fitting, at);
  else if (value.type === 'map') checkMap(value, schema, at);
  else if (value.type === 'list') for (const item of value.items) check(item, items as ParamSchema, at);
}

function fits(value: Written, schema: ParamSchema): boolean {
  if (schema.type === 'object') return value.type === 'map';
  if (schema.type === 'array') return value.type === 'list';
  if (value.type !== 'scalar' || typeof value.value !== schema.type) return false;
  const { value: given } = value;
  if (schema.const !== undefined) return given === schema.const;
  if (typeof given === 'string') return given.length >= (schema.minLength ?? 0);
  return Number(given) > (schema.exclusiveMinimum ?? -Infinity) && Number(given) <= (schema.maximum ?? Infinity);
}

function wrongValue(value: Written, schema: ParamSchema, name: string): Failure {
  const { expected = describeSchema(schema), help } = schema;
  return failure('wrong-type', {
    what: titleOf(schema, name),
    expected,
    given: describeWritten(value),
    ...(value.type === 'scalar' ? choiceNames(schema, value.value) : {}),
    ...(help === undefined ? {} : { help }),
  });
}

const titleOf = ({ title = 'this' }: ParamSchema, name: string): string => title.replace('*', name);

function checkMap(map: WrittenMap, schema: ParamSchema, at: At): void {
  const { properties, minProperties = 0 } = schema;
  if (properties !== undefined) checkKeys(map, schema, at);
  else for (const [name, entry] of map.entries) checkEntry(name, entry, { schema, report: at.report });
  if (map.entries.size < minProperties) at.report(at.key, missingKey(at.name, schema));
}

/** Checks a map with fixed keys. A key without a value counts as absent. */
function checkKeys(map: WrittenMap, schema: ParamSchema, { name: owner, key, report }: At): void {
  const properties = schema.properties ?? {};
  const known = Object.keys(properties);
  const meant: (string | undefined)[] = [];
  for (const [name, entry] of map.entries) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (property === undefined) {
      meant.push(didYouMean(name, known));
      report(entry.key, failure('unknown-key', { owner: titleOf(schema, owner), name, known }));
    } else if (!isNothing(entry.value)) check(entry.value, property, { name, key: entry.key, report });
  }
  for (const name of schema.required ?? []) {
    const entry = map.entries.get(name);
    if (entry === undefined ? !meant.includes(name) : isNothing(entry.value))
      report(entry?.key ?? key, missingKey(name, schema, owner));
  }
}

const missingKey = (name: string, schema: ParamSchema, owner = ''): Failure =>
  failure('missing-key', { key: name as 'pipeline' | 'steps' | 'use', owner: titleOf(schema, owner) });

interface Entries {
  readonly schema: ParamSchema;
  readonly report: Report;
}

/** Checks an entry of a map whose keys are names chosen by the user. */
function checkEntry(name: string, { key, value }: WrittenEntry, { schema, report }: Entries): void {
  const { names, propertyNames, additionalProperties } = schema;
  if (propertyNames !== undefined && !NAME.test(name))
    report(key, failure('bad-name', { what: names ?? 'an entry', name }));
  if (typeof additionalProperties !== 'object') return;
  const isOfStep = additionalProperties === (STEP_FORM as ParamSchema);
  if (additionalProperties.not !== undefined) {
    if (isNothing(value)) report(key, failure('missing-default', { name }));
  } else if (additionalProperties.type !== undefined || additionalProperties.anyOf !== undefined)
    check(value, additionalProperties, { name, key, report: isOfStep ? reportOf(name, report) : report });
}
