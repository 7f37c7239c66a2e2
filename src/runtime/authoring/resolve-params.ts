// The parameters of a pipeline: their values for this run, and what `{ $param: name }` stands for.
import { listNames, nearest } from '../contracts/did-you-mean.ts';
import type { Failure } from '../contracts/failure.ts';
import type { Json } from '../contracts/graph.ts';
import { wrongType } from './parse-parts.ts';
import type { PipelineDraft } from './pipeline-draft.ts';
import { describeJson, mistake, plain } from './written.ts';
import type { Place, Written, WrittenEntry } from './written.ts';

/** Values given for a run: text is read as YAML where the parameter is no text. */
export type GivenParams = Readonly<Record<string, unknown>>;

export interface ParamsContext {
  readonly given?: GivenParams;
  /** Content of a parameter file. */
  readonly fromFile?: Written;
  /** Reads one value of YAML; undefined where it is none. */
  readonly readText: (text: string) => Json | undefined;
}

export interface ResolvedParams {
  readonly values: ReadonlyMap<string, Json>;
  readonly failures: readonly Failure[];
}

/** Defaults, then the file of parameters, then single ones: the last wins. */
export function resolveParams(draft: PipelineDraft, { given = {}, fromFile, readText }: ParamsContext): ResolvedParams {
  const values = new Map([...draft.params].map(([name, { value }]): [string, Json] => [name, plain(value)]));
  const failures: Failure[] = [];
  if (fromFile !== undefined && fromFile.type !== 'map') {
    failures.push(mistake(fromFile.place, wrongType('a file of parameters', 'a map (name: value)', fromFile)));
  } else {
    for (const [name, entry] of fromFile?.entries ?? []) {
      const failure = setParam(draft, values, { name, value: plain(entry.value), place: entry });
      if (failure !== undefined) failures.push(failure);
    }
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const text = draft.params.get(name)?.value;
    const isText = text?.type === 'scalar' && typeof text.value === 'string';
    const read =
      typeof value === 'string' ? (isText ? textOf(value, readText) : (readText(value) ?? value)) : (value as Json);
    const failure = setParam(draft, values, { name, value: read });
    if (failure !== undefined) failures.push(failure);
  }
  return { values, failures };
}

/** `-p name=2024` of a text is the text 2024; quotes are taken off. */
function textOf(text: string, readText: ParamsContext['readText']): string {
  const quoted = /^(["']).*\1$/s.test(text);
  const read = quoted ? readText(text) : undefined;
  return typeof read === 'string' ? read : text;
}

interface Setting {
  readonly name: string;
  readonly value: Json;
  /** In a file of parameters. */
  readonly place?: WrittenEntry;
}

function setParam(
  draft: PipelineDraft,
  values: Map<string, Json>,
  { name, value, place }: Setting,
): Failure | undefined {
  const param = draft.params.get(name);
  const at = (where: Place | undefined, failure: Failure): Failure =>
    where === undefined ? failure : mistake(where, failure);
  if (param === undefined) {
    const known = [...draft.params.keys()];
    return at(place?.key, {
      reason: 'unknown-parameter',
      headline: `the pipeline has no parameter ${name}`,
      values: nearest(name, known),
      help:
        known.length === 0
          ? 'It has no parameters: give them defaults under "params:".'
          : `Parameters: ${listNames(known)}.`,
    });
  }
  const expected = typeName(plain(param.value));
  if (typeName(value) === expected) {
    values.set(name, value);
    return undefined;
  }
  return at(place?.value.place ?? param.key, {
    reason: 'wrong-type',
    headline: `the parameter ${name} has to be ${expected}`,
    values: { given: describeJson(value), default: describeJson(plain(param.value)) },
    help: 'The type of a parameter is that of its default.',
  });
}

function typeName(value: Json): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'a number';
  if (typeof value === 'boolean') return 'true or false';
  return 'a map';
}

/** The name in `{ $param: name }`, if a value is of that form. */
export function paramReference(value: Written): Written | undefined {
  return value.type === 'map' ? value.entries.get('$param')?.value : undefined;
}

export interface Substitution {
  readonly values: ReadonlyMap<string, Json>;
  /** Takes the names that are referred to. */
  readonly used: Set<string>;
  /** Takes the names that wrong references probably mean: that those are unused is no second mistake. */
  readonly meant: Set<string>;
  readonly failures: Failure[];
  readonly step: string;
}

/** The value with all references replaced; what a parameter stands for has the place of the reference. Undefined if one is wrong. */
export function substitute(value: Written, context: Substitution): Written | undefined {
  if (value.type === 'scalar') return value;
  if (value.type === 'list') {
    const items = value.items.map((item) => substitute(item, context));
    if (items.every((item, i) => item === value.items[i])) return value;
    return items.includes(undefined) ? undefined : { ...value, items: items as Written[] };
  }
  const reference = paramReference(value);
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

function lookUp(
  value: Written,
  reference: Written,
  { values, used, meant, failures, step }: Substitution,
): Written | undefined {
  const report = (place: Place, failure: Failure): void => void failures.push(mistake(place, { ...failure, step }));
  if (value.type === 'map' && value.entries.size > 1) {
    report(value.place, {
      reason: 'bad-reference',
      headline: '$param stands alone',
      help: 'Write { $param: name } and nothing beside it.',
    });
    return undefined;
  }
  const name = reference.type === 'scalar' && typeof reference.value === 'string' ? reference.value : undefined;
  if (name === undefined) {
    report(reference.place, wrongType('$param', 'the name of a parameter', reference));
    return undefined;
  }
  const found = values.get(name);
  used.add(name);
  if (found !== undefined) return relocate(found, value.place);
  const known = [...values.keys()];
  const near = nearest(name, known);
  for (const one of Object.values(near)) meant.add(one);
  report(reference.place, {
    reason: 'unknown-parameter',
    headline: `the pipeline has no parameter ${name}`,
    values: near,
    help: known.length === 0 ? `Give it a default: "params: { ${name}: ... }".` : `Parameters: ${listNames(known)}.`,
  });
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
