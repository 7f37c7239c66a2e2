// Compares two actions field by field and describes the differences. They are the reasons why a step is computed again.
import type { AxisValue } from '../contracts/define.ts';
import type { Json, Step } from '../contracts/graph.ts';
import type { ActionRecord } from '../contracts/keys.ts';

/**
 * A field that differs between an earlier and a later action. `before` is undefined if the earlier action lacks the
 * field, `after` if the later action lacks it.
 */
export interface Change {
  readonly what: 'param' | 'file' | 'input' | 'node' | 'node version' | 'card' | 'code' | 'numerics';
  /**
   * Position of the change, which depends on `what`: the JSON pointer of a parameter, the path of a file (for user code
   * relative to the module), the name of a card, or an input as `port` or `port[axis=value]`. Otherwise empty.
   */
  readonly where: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  /** Step and output from which an input now comes. */
  readonly from?: { readonly step: string; readonly output: string };
}

/**
 * Lists all fields in which two actions differ. `step` is the step of the action `after`; it supplies the names of
 * files and inputs.
 */
export function diffActions(before: ActionRecord, after: ActionRecord, step?: Step): Change[] {
  const changes: Change[] = [];
  const plain = (what: Change['what'], a: Json | undefined, b: Json | undefined): void => {
    if (!same(a, b)) changes.push({ what, where: '', before: a, after: b });
  };
  plain('node', before.node, after.node);
  plain('node version', before.version, after.version);
  for (const name of new Set([before, after].flatMap(({ cards = {} }) => Object.keys(cards)))) {
    const [old, now] = [before.cards?.[name], after.cards?.[name]];
    if (old !== now) changes.push({ what: 'card', where: name, before: old, after: now });
  }
  changes.push(...diffCode(before, after));
  plain('numerics', before.numerics, after.numerics);
  const files = new Map(step?.files.map((file) => [file.pointer, file.path]));
  diffParams(before.params, after.params, '', (pointer, a, b) => {
    const file = fileDigest(a) ?? fileDigest(b);
    if (file === undefined) return changes.push({ what: 'param', where: pointer, before: a, after: b });
    return changes.push({
      what: 'file',
      where: files.get(pointer) ?? pointer,
      before: fileDigest(a) ?? a,
      after: fileDigest(b) ?? b,
    });
  });
  changes.push(...diffInputs(before, after, step));
  return changes;
}

/**
 * Lists the changed files of a user's module. If an action does not list its files, as in results of older versions of
 * Lethe, the whole module is one change.
 */
function diffCode(before: ActionRecord, after: ActionRecord): Change[] {
  if (before.code === after.code) return [];
  const [old, now] = [before.codeFiles ?? {}, after.codeFiles ?? {}];
  const isKnown = before.codeFiles !== undefined && after.codeFiles !== undefined;
  const paths = isKnown ? new Set([...Object.keys(old), ...Object.keys(now)].sort()) : new Set<string>();
  const changes = [...paths]
    .filter((path) => old[path] !== now[path])
    .map((where): Change => ({ what: 'code', where, before: old[where], after: now[where] }));
  return changes.length > 0 ? changes : [{ what: 'code', where: '', before: before.code, after: after.code }];
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function fileDigest(value: Json | undefined): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const object = value as { readonly file?: Json };
  return typeof object.file === 'string' && Object.keys(object).length === 1 ? object.file : undefined;
}

type Report = (pointer: string, before: Json | undefined, after: Json | undefined) => void;

function diffParams(before: Json | undefined, after: Json | undefined, pointer: string, report: Report): void {
  if (same(before, after)) return;
  const nested = isNested(before) && isNested(after) && Array.isArray(before) === Array.isArray(after);
  if (!nested || fileDigest(before) !== undefined || fileDigest(after) !== undefined) {
    report(pointer || '/', before, after);
    return;
  }
  const a = before as Readonly<Record<string, Json>>;
  const b = after as Readonly<Record<string, Json>>;
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    diffParams(a[name], b[name], `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, report);
  }
}

const isNested = (value: Json | undefined): boolean => typeof value === 'object' && value !== null;

type Flat = ReadonlyMap<string, { readonly digest: string; readonly from?: { step: string; output: string } }>;

function axesText(axes: Readonly<Record<string, AxisValue>>): string {
  return `[${Object.entries(axes)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')}]`;
}

/** Inputs by name: `port`, or `port[axis=value]` for each entry of a `many` port. */
function flatInputs(action: ActionRecord, step: Step | undefined): Flat {
  const flat = new Map<string, { digest: string; from?: { step: string; output: string } }>();
  for (const [port, value] of Object.entries(action.inputs)) {
    const edges = [step?.inputs[port] ?? []].flat() as readonly { step: string; output: string }[];
    const entries =
      typeof value === 'string'
        ? ([[port, value]] as const)
        : value.map(([axes, digest]) => [`${port}${axesText(axes)}`, digest] as const);
    entries.forEach(([name, digest], i) => {
      const edge = edges[i];
      flat.set(name, { digest, ...(edge ? { from: { step: edge.step, output: edge.output } } : {}) });
    });
  }
  return flat;
}

function diffInputs(before: ActionRecord, after: ActionRecord, step: Step | undefined): Change[] {
  const a = flatInputs(before, undefined);
  const b = flatInputs(after, step);
  const changes: Change[] = [];
  for (const where of new Set([...a.keys(), ...b.keys()])) {
    const [old, now] = [a.get(where), b.get(where)];
    if (old?.digest === now?.digest) continue;
    changes.push({
      what: 'input',
      where,
      before: old?.digest,
      after: now?.digest,
      ...(now?.from ? { from: now.from } : {}),
    });
  }
  // The action also changes if equal inputs come in a different order.
  if (changes.length === 0 && !same(before.inputs, after.inputs)) {
    const order = (flat: Flat): string => [...flat.keys()].join(', ');
    if (order(a) !== order(b)) changes.push({ what: 'input', where: 'order', before: order(a), after: order(b) });
  }
  return changes;
}

function brief(value: Json | undefined, longest: number): string {
  if (value === undefined) return '(absent)';
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value.slice(0, 12);
  const text = JSON.stringify(value);
  return text.length > longest ? `${text.slice(0, longest - 3)}...` : text;
}

/**
 * Describes a change, for example `param /alpha: 0.00015 -> 0.0002`. Values of more than `longest` characters are cut.
 */
export function describeChange(change: Change, longest = 60): string {
  const from = change.from ? ` (${change.from.output} of ${change.from.step})` : '';
  return `${change.what}${change.where ? ` ${change.where}` : ''}${from}: ${brief(change.before, longest)} -> ${brief(change.after, longest)}`;
}

/** Returns the reason for computing a step again, in one line: the first change, and the number of further changes. */
export function describeChanges(changes: readonly Change[]): string {
  const [first] = changes;
  if (!first) return 'no change in its action';
  return changes.length === 1 ? describeChange(first) : `${describeChange(first)} (and ${changes.length - 1} more)`;
}
