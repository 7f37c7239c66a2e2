// What the parsing of every part of a pipeline shares: expecting maps, texts and known keys, and saying what was found instead.
import { didYouMean, listNames, nearest } from '../contracts/did-you-mean.ts';
import type { Failure } from '../contracts/failure.ts';
import { describeWritten } from './written.ts';
import type { Place, Written, WrittenEntry, WrittenMap } from './written.ts';

export const PIPELINE_KEYS = ['pipeline', 'params', 'nodes', 'numerics', 'steps'] as const;
export const STEP_KEYS = ['use', 'with', 'from', 'each', 'timeout'] as const;

/** Names of steps and parameters: they appear in `step.output`, in `step[axis=value]` and on command lines. */
export const NAME_PATTERN = '^[A-Za-z][A-Za-z0-9_-]*$';
export const NAME = new RegExp(NAME_PATTERN);

export type Report = (place: Place, failure: Failure) => void;

export function expectMap(value: Written, what: string, report: Report): WrittenMap | undefined {
  if (value.type === 'map') return value;
  report(value.place, wrongType(what, 'a map (key: value)', value));
  return undefined;
}

export function wrongType(what: string, expected: string, value: Written): Failure {
  return { reason: 'wrong-type', headline: `${what} has to be ${expected}`, values: { given: describeWritten(value) } };
}

interface Keys {
  readonly keys: readonly string[];
  readonly what: string;
  readonly report: Report;
  readonly step?: string;
}

/** The entries with a known key that are not left empty; other keys are reported. */
export function expectKeys(map: WrittenMap, { keys, what, report, step }: Keys): ReadonlyMap<string, WrittenEntry> {
  const known = new Map<string, WrittenEntry>();
  for (const [name, entry] of map.entries) {
    const isEmpty = entry.value.type === 'scalar' && entry.value.value === null;
    if (keys.includes(name)) {
      if (!isEmpty) known.set(name, entry);
      continue;
    }
    report(entry.key, {
      reason: 'unknown-key',
      headline: `${what} has no key ${name}`,
      values: nearest(name, keys),
      help: `Keys: ${listNames(keys)}.`,
      ...(step === undefined ? {} : { step }),
    });
  }
  return known;
}

/** Whether a key is neither there nor, misspelt, among those that are. */
export function isMissing(map: WrittenMap, key: string, keys: readonly string[]): boolean {
  if (map.entries.has(key)) return false;
  return ![...map.entries.keys()].some((name) => !keys.includes(name) && didYouMean(name, keys) === key);
}

/** The beginning of a map: a squiggle under all of it would help nobody. */
export function firstOf(map: WrittenMap): Place {
  const [first] = map.entries.values();
  return first?.key ?? map.place;
}

export function readText(value: Written, what: string, report: Report): string | undefined {
  if (value.type === 'scalar' && typeof value.value === 'string' && value.value !== '') return value.value;
  report(value.place, wrongType(what, 'text', value));
  return undefined;
}

export function badName(what: string, name: string): Failure {
  return {
    reason: 'bad-name',
    headline: `"${name}" cannot be the name of a ${what}`,
    help: 'Names begin with a letter and go on with letters, digits, - and _.',
  };
}
