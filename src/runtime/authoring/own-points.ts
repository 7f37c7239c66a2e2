// The points of a step's own sweep: what `each` and `with` give every point. Axes that come along edges are in expand-sweeps.ts.
import type { Axes, AxisValue } from '../contracts/define.ts';
import type { Failure } from '../contracts/failure.ts';
import { wrongType } from './parse-parts.ts';
import type { StepDraft } from './pipeline-draft.ts';
import { substitute } from './resolve-params.ts';
import type { Substitution } from './resolve-params.ts';
import { mistake, plain } from './written.ts';
import type { Written, WrittenEntry } from './written.ts';

/** More points than this in one pipeline are a slip, not a sweep. */
export const MAX_POINTS = 100_000;

/** What is written for one point of the sweep, by parameter. */
export type WrittenParams = ReadonlyMap<string, WrittenEntry>;

export interface OwnPoint {
  readonly axes: Axes;
  readonly params: WrittenParams;
}

interface AxisPoint {
  readonly label: AxisValue;
  readonly params: WrittenParams;
}

interface Axis {
  readonly name: string;
  readonly points: readonly AxisPoint[];
}

export interface OwnPoints {
  readonly points: readonly OwnPoint[];
  /** Parameters that are given, but wrongly: that they are missing need not be said. */
  readonly broken: ReadonlySet<string>;
  /** Whether an axis is among them: which points there are is not known then. */
  readonly lacksAxis: boolean;
}

/** All combinations of the step's axes, the first axis varying slowest. One point without axes for a step without a sweep. */
export function ownPoints(draft: StepDraft, context: Substitution): OwnPoints {
  const broken = new Set<string>();
  const fixed = new Map<string, WrittenEntry>();
  for (const [name, entry] of draft.with?.entries ?? []) {
    const value = substitute(entry.value, context);
    if (value === undefined) broken.add(name);
    else fixed.set(name, value === entry.value ? entry : { ...entry, value });
  }
  const axes: Axis[] = [];
  let lacksAxis = false;
  for (const [name, entry] of draft.each) {
    const value = substitute(entry.value, context);
    const axis = value && readAxis(name, { ...entry, value }, context);
    if (axis === undefined) {
      lacksAxis = true;
      for (const param of [name, ...namesIn(entry.value)]) broken.add(param);
    } else if (isSetTwice(axis, { entry, taken: [fixed, ...axes.map(paramsOf)], context })) lacksAxis = true;
    else axes.push(axis);
  }
  const count = axes.reduce((product, axis) => product * axis.points.length, 1);
  if (count > MAX_POINTS) {
    context.failures.push(mistake(draft.key, { ...tooMany(count), step: draft.name }));
    return { points: [], broken, lacksAxis };
  }
  let points: readonly OwnPoint[] = [{ axes: {}, params: fixed }];
  for (const { name, points: values } of axes) {
    points = points.flatMap((point) =>
      values.map(({ label, params }) => ({
        axes: { ...point.axes, [name]: label },
        params: new Map([...point.params, ...params]),
      })),
    );
  }
  return { points, broken, lacksAxis };
}

export function tooMany(count: number): Failure {
  return {
    reason: 'too-many-points',
    headline: `the sweep has ${count} points`,
    values: { allowed: MAX_POINTS },
    help: 'Sweep over fewer values, or in several pipelines.',
  };
}

/** All parameters an axis sets, with one place for each. */
function paramsOf(axis: Axis): WrittenParams {
  return new Map(axis.points.flatMap(({ params }) => [...params]));
}

interface Taken {
  readonly entry: WrittenEntry;
  readonly taken: readonly WrittenParams[];
  readonly context: Substitution;
}

function isSetTwice(axis: Axis, { entry, taken, context }: Taken): boolean {
  const twice = [...paramsOf(axis).keys()].filter((name) => taken.some((params) => params.has(name)));
  for (const name of twice) {
    context.failures.push(
      mistake(entry.key, {
        reason: 'set-twice',
        headline: `the parameter ${name} is set twice`,
        help: 'Set it under "with", or on one axis of "each".',
        step: context.step,
      }),
    );
  }
  return twice.length > 0;
}

function readAxis(name: string, { key, value }: WrittenEntry, context: Substitution): Axis | undefined {
  const failures: Failure[] = [];
  const report = (where: Written, failure: Failure): void =>
    void failures.push(mistake(where.place, { ...failure, step: context.step }));
  checkValues(name, value, report);
  const points: AxisPoint[] = [];
  const labels = new Set<string>();
  for (const item of failures.length === 0 && value.type === 'list' ? value.items : []) {
    const label = item.type === 'map' ? zippedLabel(item) : valueLabel(item);
    if (label === undefined || labels.has(String(label))) report(item, badLabel(name, label, item));
    else points.push({ label, params: item.type === 'map' ? item.entries : new Map([[name, { key, value: item }]]) });
    labels.add(String(label));
  }
  context.failures.push(...failures);
  return failures.length === 0 ? { name, points } : undefined;
}

/** The parameters a zipped axis speaks of. */
function namesIn(value: Written): readonly string[] {
  return value.type === 'list'
    ? value.items.flatMap((item) => (item.type === 'map' ? [...item.entries.keys()] : []))
    : [];
}

function checkValues(name: string, value: Written, report: (where: Written, failure: Failure) => void): void {
  if (value.type !== 'list') {
    const failure = wrongType(`each.${name}`, 'a list of values', value);
    report(value, { ...failure, help: 'A single value belongs under "with".' });
  } else if (value.items.length === 0) {
    report(value, { reason: 'empty-axis', headline: `the axis ${name} has no values` });
  } else if (new Set(value.items.map((item) => item.type === 'map')).size > 1) {
    report(value.items.find((item) => item.type !== 'map') ?? value, {
      reason: 'mixed-axis',
      headline: `the axis ${name} mixes maps with other values`,
      help: 'Each value sets the one parameter of that name, or each is a map that sets several.',
    });
  } else checkNaming(name, value.items, report);
}

/** One parameter names all points: 16 of `size` beside 32 of `count` would be values of no one axis. */
function checkNaming(
  axis: string,
  items: readonly Written[],
  report: (where: Written, failure: Failure) => void,
): void {
  const first = items.flatMap((item) => namingEntry(item)?.[0] ?? [])[0];
  for (const item of items) {
    const [name] = namingEntry(item) ?? [first];
    if (name === first) continue;
    report(item, {
      reason: 'ragged-axis',
      headline: `this point of the axis ${axis} is named by ${name}, the first by ${first}`,
      help: `Set ${first} first in every point; to sweep over both, make them two axes.`,
    });
  }
}

function badLabel(axis: string, label: AxisValue | undefined, { type }: Written): Failure {
  if (label === undefined) {
    const help = 'The first text, number, true or false in it is its name: give it one.';
    return { reason: 'no-label', headline: `this point of the axis ${axis} has no name`, help };
  }
  const help = type === 'map' ? { help: 'The first text or number of each point is its name: make these differ.' } : {};
  return { reason: 'duplicate-point', headline: `the axis ${axis} has ${label} twice`, ...help };
}

function zippedLabel(value: Written): AxisValue | undefined {
  return namingEntry(value)?.[1];
}

/** The first text, number, true or false in a point of a zipped axis, with its parameter. */
function namingEntry(point: Written): readonly [param: string, label: AxisValue] | undefined {
  if (point.type !== 'map') return undefined;
  for (const [name, { value }] of point.entries) {
    if (value.type === 'scalar' && value.value !== null) return [name, value.value];
  }
  return undefined;
}

function valueLabel(value: Written): AxisValue {
  if (value.type === 'scalar') return value.value ?? 'null';
  const text = JSON.stringify(plain(value));
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
