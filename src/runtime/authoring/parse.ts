// Converts the tree of a pipeline file to the draft of a pipeline. Parts with a wrong structure are reported and left
// out. link.ts checks the meaning of the draft.
import { failure } from '../contracts/failure.ts';
import { checkForm } from './check-form.ts';
import { BACKEND_NAMES } from '../contracts/backend-names.ts';
import { NAME, STEP_FORM } from './pipeline-form.ts';
import type { Named, PipelineDraft, PortDraft, Reference, StepDraft } from './pipeline-draft.ts';
import type { Report } from './report.ts';
import { lineAt, lineStarts } from './source-text.ts';
import { isNothing } from './written.ts';
import type { Written, WrittenEntry, WrittenMap } from './written.ts';

export interface Source {
  /** Absolute path of the file, or `<code>`. */
  readonly file: string;
  /** Text of the file; empty for a pipeline defined in code. */
  readonly text: string;
}

/**
 * Reads the structure of a whole pipeline. Returns undefined, and reports why, if the pipeline is empty or not a map.
 */
export function parsePipeline(
  root: Written | undefined,
  { file, text }: Source,
  report: Report,
): PipelineDraft | undefined {
  if (root === undefined || isNothing(root)) {
    const range = file === '<code>' ? {} : { range: { file, start: 0, end: Math.min(text.length, 1) } };
    report(undefined, failure('empty-pipeline', undefined, range));
    return undefined;
  }
  checkForm(root, report);
  return root.type === 'map' ? draftOf(root, { file, text }) : undefined;
}

/** Creates a draft from the parts whose structure is right. */
function draftOf(root: WrittenMap, { file, text }: Source): PipelineDraft {
  const { entries } = root;
  const backend = namedIn(entriesOf(entries.get('numerics')).get('backend')?.value)?.name ?? '';
  const modules = entries.get('nodes')?.value;
  const starts = lineStarts(text);
  const steps = new Map<string, StepDraft>();
  let number = 0;
  for (const [name, { key, value }] of entriesOf(entries.get('steps'))) {
    number++;
    const line = 'pointer' in key ? number : lineAt(starts, key.start) + 1;
    if (value.type === 'map') steps.set(name, stepOf(name, value, { key, line }));
  }
  return {
    name: namedIn(entries.get('pipeline')?.value)?.name ?? '',
    file,
    params: new Map(
      [...entriesOf(entries.get('params'))].filter(([name, { value }]) => NAME.test(name) && !isNothing(value)),
    ),
    modules: modules?.type === 'list' ? modules.items.flatMap((item) => namedIn(item) ?? []) : [],
    ...((BACKEND_NAMES as readonly string[]).includes(backend) ? { numerics: { backend } } : {}),
    steps,
  };
}

function stepOf(name: string, { entries }: WrittenMap, { key, line }: Pick<StepDraft, 'key' | 'line'>): StepDraft {
  const use = namedIn(entries.get('use')?.value);
  const params = entries.get('with')?.value;
  const timeout = entries.get('timeout')?.value;
  const seconds = timeout?.type === 'scalar' ? timeout.value : undefined;
  const from = new Map<string, PortDraft>();
  for (const [port, entry] of entriesOf(entries.get('from'))) from.set(port, portOf(entry));
  const axes = entriesOf(entries.get('each'));
  const each = axes.size === 0 ? axes : new Map([...axes].filter(([axis]) => NAME.test(axis)));
  return {
    name,
    key,
    line,
    ...(use === undefined ? {} : { use }),
    ...(params?.type === 'map' ? { with: params } : {}),
    from,
    each,
    ...(typeof seconds === 'number' ? { timeout: seconds } : {}),
    isPartial: !isReadable(entries),
  };
}

/** False if a step has an unknown key, or if its `with`, `from` or `each` is not a map. */
function isReadable(entries: ReadonlyMap<string, WrittenEntry>): boolean {
  for (const [part, { value }] of entries) {
    const isMap = part === 'with' || part === 'from' || part === 'each';
    if (isMap ? value.type !== 'map' && !isNothing(value) : !Object.hasOwn(STEP_FORM.properties, part)) return false;
  }
  return true;
}

const NOTHING: ReadonlyMap<string, WrittenEntry> = new Map();

function entriesOf(entry: WrittenEntry | undefined): ReadonlyMap<string, WrittenEntry> {
  return entry?.value.type === 'map' ? entry.value.entries : NOTHING;
}

/** A non-empty text with its position. Undefined if the value is not a non-empty text. */
function namedIn(value: Written | undefined): Named | undefined {
  const isText = value?.type === 'scalar' && typeof value.value === 'string' && value.value !== '';
  return isText ? { name: value.value, place: value.place } : undefined;
}

function portOf({ key, value }: WrittenEntry): PortDraft {
  const isList = value.type === 'list';
  return { key, isList, references: (isList ? value.items : [value]).flatMap((item) => referenceOf(item) ?? []) };
}

function referenceOf(value: Written): Reference | undefined {
  if (value.type !== 'scalar' || typeof value.value !== 'string') return undefined;
  const [step = '', ...rest] = value.value.split('.');
  return { step, place: value.place, ...(rest.length === 0 ? {} : { output: rest.join('.') }) };
}
