// The form of the steps of a pipeline: the second half of parse.ts.
import {
  PIPELINE_KEYS,
  STEP_KEYS,
  badName,
  expectKeys,
  expectMap,
  firstOf,
  isMissing,
  NAME,
  readText,
  wrongType,
} from './parse-parts.ts';
import type { Report } from './parse-parts.ts';
import type { PortDraft, Reference, StepDraft } from './pipeline-draft.ts';
import { lineAt, lineStarts } from './source-text.ts';
import type { Written, WrittenEntry, WrittenMap } from './written.ts';

/** Seconds; longer timers do not exist. */
export const MAX_TIMEOUT = 2_000_000;

/** Drafts of all steps whose form can be made out. */
export function readSteps(root: WrittenMap, text: string, report: Report): ReadonlyMap<string, StepDraft> {
  const drafts = new Map<string, StepDraft>();
  const entry = root.entries.get('steps');
  const isEmpty = entry === undefined || (entry.value.type === 'scalar' && entry.value.value === null);
  const map = isEmpty ? undefined : expectMap(entry.value, 'steps', report);
  if (map?.entries.size === 0 || (isEmpty && (entry !== undefined || isMissing(root, 'steps', PIPELINE_KEYS)))) {
    report(entry?.key ?? firstOf(root), {
      reason: 'missing-key',
      headline: 'the pipeline has no steps',
      help: 'Write at least one below "steps:", e.g. "data: { use: make-shapes }".',
    });
  }
  const starts = lineStarts(text);
  let number = 0;
  for (const [name, step] of map?.entries ?? []) {
    number++;
    if (!NAME.test(name)) report(step.key, badName('step', name));
    const line = 'pointer' in step.key ? number : lineAt(starts, step.key.start) + 1;
    const draft = readStep(name, { step, line }, report);
    if (draft !== undefined) drafts.set(name, draft);
  }
  return drafts;
}

function readStep(
  name: string,
  { step, line }: { step: WrittenEntry; line: number },
  report: Report,
): StepDraft | undefined {
  const within: Report = (place, failure) => report(place, { ...failure, step: name });
  const map = expectMap(step.value, `the step ${name}`, within);
  if (map === undefined) return undefined;
  const entries = expectKeys(map, { keys: STEP_KEYS, what: 'a step', report, step: name });
  const given = entries.get('use');
  if (given === undefined && (map.entries.has('use') || isMissing(map, 'use', STEP_KEYS))) {
    within(step.key, {
      reason: 'missing-key',
      headline: `the step ${name} does not say which node type it uses`,
      help: 'Add "use: TYPE"; `lethe nodes` lists the types.',
    });
  }
  const type = given && readText(given.value, 'use', within);
  const params = entries.get('with');
  const withMap = params && expectMap(params.value, 'with', within);
  const timeout = readTimeout(entries.get('timeout'), within);
  const isPartial =
    [...map.entries.keys()].some((key) => !(STEP_KEYS as readonly string[]).includes(key)) ||
    ['with', 'from', 'each'].some((key) => (entries.get(key)?.value.type ?? 'map') !== 'map');
  return {
    name,
    key: step.key,
    line,
    ...(type === undefined || given === undefined ? {} : { use: { name: type, place: given.value.place } }),
    ...(withMap === undefined ? {} : { with: withMap }),
    from: readFrom(entries.get('from'), within),
    each: readEach(entries.get('each'), within),
    ...(timeout === undefined ? {} : { timeout }),
    isPartial,
  };
}

function readEach(entry: WrittenEntry | undefined, report: Report): ReadonlyMap<string, WrittenEntry> {
  const map = entry && expectMap(entry.value, 'each', report);
  for (const [name, axis] of map?.entries ?? []) if (!NAME.test(name)) report(axis.key, badName('axis', name));
  return new Map([...(map?.entries ?? [])].filter(([name]) => NAME.test(name)));
}

function readTimeout(entry: WrittenEntry | undefined, report: Report): number | undefined {
  if (entry === undefined) return undefined;
  const { value } = entry;
  if (value.type === 'scalar' && typeof value.value === 'number' && value.value > 0 && value.value <= MAX_TIMEOUT)
    return value.value;
  report(value.place, {
    ...wrongType('timeout', 'a number of seconds', value),
    help: `More than 0, at most ${MAX_TIMEOUT}.`,
  });
  return undefined;
}

function readFrom(entry: WrittenEntry | undefined, report: Report): ReadonlyMap<string, PortDraft> {
  const map = entry && expectMap(entry.value, 'from', report);
  const ports = new Map<string, PortDraft>();
  for (const [port, { key, value }] of map?.entries ?? []) {
    const isList = value.type === 'list';
    const references = (isList ? value.items : [value]).map((item) => readReference(item, port, report));
    ports.set(port, { key, isList, references: references.filter((reference) => reference !== undefined) });
  }
  return ports;
}

function readReference(value: Written, port: string, report: Report): Reference | undefined {
  const text = value.type === 'scalar' && typeof value.value === 'string' ? value.value : undefined;
  if (text === undefined) {
    report(value.place, {
      ...wrongType(`what the port ${port} gets`, 'the name of a step', value),
      help: 'Write "step" or "step.output".',
    });
    return undefined;
  }
  const [step = '', ...rest] = text.split('.');
  return { step, place: value.place, ...(rest.length === 0 ? {} : { output: rest.join('.') }) };
}
