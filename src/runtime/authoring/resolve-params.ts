// Determines the values of a pipeline's parameters for a run, and replaces references (`{ $param: name }`).
import { meantName } from '../contracts/did-you-mean.ts';
import { failure } from '../contracts/failure.ts';
import type { Json } from '../contracts/graph.ts';
import type { PipelineDraft } from './pipeline-draft.ts';
import type { Report } from './report.ts';
import { describeJson, describeWritten, plain } from './written.ts';
import type { Place, Written, WrittenEntry } from './written.ts';

/** Values given for a run, by parameter. A string is parsed as YAML unless the parameter is a text. */
export type GivenParams = Readonly<Record<string, unknown>>;

/** Values of all parameters, by name. */
export type ParamValues = ReadonlyMap<string, Json>;

export interface ParamsContext {
  readonly given?: GivenParams;
  /** Content of the file of parameters. */
  readonly fromFile?: Written;
  /** Parses a YAML value. Returns undefined for invalid YAML. */
  readonly readText: (text: string) => Json | undefined;
  readonly report: Report;
}

/**
 * Returns the values of all parameters. Values in `given` take precedence over the file of parameters, which takes
 * precedence over defaults.
 */
export function resolveParams(
  draft: PipelineDraft,
  { given = {}, fromFile, readText, report }: ParamsContext,
): ParamValues {
  const values = new Map([...draft.params].map(([name, { value }]): [string, Json] => [name, plain(value)]));
  const set = (name: string, value: Json, at?: WrittenEntry): void =>
    setParam(draft, values, { name, value, at, report });
  if (fromFile !== undefined && fromFile.type !== 'map') {
    const wrong = { what: 'a file of parameters', expected: 'a map (name: value)', given: describeWritten(fromFile) };
    report(fromFile.place, failure('wrong-type', wrong));
  } else for (const [name, entry] of fromFile?.entries ?? []) set(name, plain(entry.value), entry);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const fallback = draft.params.get(name)?.value;
    const isText = fallback?.type === 'scalar' && typeof fallback.value === 'string';
    if (typeof value !== 'string') set(name, value as Json);
    else set(name, isText ? textOf(value, readText) : (readText(value) ?? value));
  }
  return values;
}

/** Value of a text parameter, without enclosing quotes. `-p name=2024` gives the text 2024, not a number. */
function textOf(text: string, readText: ParamsContext['readText']): string {
  const quoted = /^(["']).*\1$/s.test(text);
  const read = quoted ? readText(text) : undefined;
  return typeof read === 'string' ? read : text;
}

interface Setting {
  readonly name: string;
  readonly value: Json;
  /** Entry in the file of parameters. Undefined for a value from `given`. */
  readonly at: WrittenEntry | undefined;
  readonly report: Report;
}

function setParam(draft: PipelineDraft, values: Map<string, Json>, { name, value, at, report }: Setting): void {
  const param = draft.params.get(name);
  if (param === undefined) {
    const none = 'It has no parameters: give them defaults under "params:".';
    const unknown = { owner: 'the pipeline', name, known: [...draft.params.keys()], none };
    report(at?.key, failure('unknown-parameter', unknown));
    return;
  }
  const fallback = plain(param.value);
  const expected = typeName(fallback);
  if (typeName(value) === expected) {
    values.set(name, value);
    return;
  }
  const wrong = { name, expected, given: describeJson(value), fallback: describeJson(fallback) };
  report(at?.value.place ?? param.key, failure('wrong-parameter-type', wrong));
}

function typeName(value: Json): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'a number';
  if (typeof value === 'boolean') return 'true or false';
  return 'a map';
}

/**
 * Reports parameters to which no step refers. A parameter is not reported if a misspelt reference probably means it.
 */
export function checkUnused(draft: PipelineDraft, report: Report): void {
  if (draft.params.size === 0) return;
  const names = new Set<string>();
  for (const step of draft.steps.values()) {
    if (step.with !== undefined) addReferences(step.with, names);
    for (const { value } of step.each.values()) addReferences(value, names);
  }
  const known = [...draft.params.keys()];
  const meant = new Set([...names].map((name) => (known.includes(name) ? name : meantName({ name, known }))));
  for (const [name, { key }] of draft.params) if (!meant.has(name)) report(key, failure('unused-parameter', { name }));
}

function addReferences(value: Written, names: Set<string>): void {
  if (value.type === 'list') for (const item of value.items) addReferences(item, names);
  if (value.type !== 'map') return;
  const name = referenceName(value.entries.get('$param')?.value);
  if (name !== undefined && value.entries.size === 1) names.add(name);
  else for (const entry of value.entries.values()) addReferences(entry.value, names);
}

const referenceName = (reference: Written | undefined): string | undefined =>
  reference?.type === 'scalar' && typeof reference.value === 'string' ? reference.value : undefined;

export interface Substitution {
  readonly values: ParamValues;
  readonly report: Report;
}

/**
 * Replaces all references in a value. A replaced value has the position of its reference. Reports a wrong reference and
 * returns undefined.
 */
export function substitute(value: Written, context: Substitution): Written | undefined {
  if (value.type === 'scalar') return value;
  if (value.type === 'list') {
    const items = value.items.map((item) => substitute(item, context));
    if (items.every((item, i) => item === value.items[i])) return value;
    return items.includes(undefined) ? undefined : { ...value, items: items as Written[] };
  }
  const reference = value.entries.get('$param')?.value;
  if (reference !== undefined) return lookUp(value, reference, context);
  const entries = new Map<string, WrittenEntry>();
  let isWhole = true;
  for (const [name, entry] of value.entries) {
    const inner = substitute(entry.value, context);
    if (inner === undefined) isWhole = false;
    else entries.set(name, inner === entry.value ? entry : { ...entry, value: inner });
  }
  return isWhole ? { ...value, entries } : undefined;
}

function lookUp(value: Written, reference: Written, { values, report }: Substitution): Written | undefined {
  if (value.type === 'map' && value.entries.size > 1) {
    report(value.place, failure('bad-reference', undefined));
    return undefined;
  }
  const name = referenceName(reference);
  if (name === undefined) {
    const wrong = { what: '$param', expected: 'the name of a parameter', given: describeWritten(reference) };
    report(reference.place, failure('wrong-type', wrong));
    return undefined;
  }
  const found = values.get(name);
  if (found !== undefined) return relocate(found, value.place);
  const none = `Give it a default: "params: { ${name}: ... }".`;
  report(
    reference.place,
    failure('unknown-parameter', { owner: 'the pipeline', name, known: [...values.keys()], none }),
  );
  return undefined;
}

function relocate(value: Json, place: Place): Written {
  if (Array.isArray(value))
    return { type: 'list', items: (value as readonly Json[]).map((item) => relocate(item, place)), place };
  if (typeof value !== 'object' || value === null) return { type: 'scalar', value: value, place };
  const entries = Object.entries(value).map(([name, entry]): [string, WrittenEntry] => [
    name,
    { key: place, value: relocate(entry, place) },
  ]);
  return { type: 'map', entries: new Map(entries), place };
}
