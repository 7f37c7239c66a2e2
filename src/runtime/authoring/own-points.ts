// Computes the points of a step's own sweep from its `each` and `with`. expand-sweeps.ts adds the axes inherited from
// upstream steps.
import type { AxisValue } from '../contracts/define.ts';
import { failure } from '../contracts/failure.ts';
import type { StepDraft } from './pipeline-draft.ts';
import { joinPoints, MAX_POINTS, mergePoints, pointOf } from './points.ts';
import type { Point } from './points.ts';
import { collectMistakes } from './report.ts';
import type { Report } from './report.ts';
import { substitute } from './resolve-params.ts';
import type { Substitution } from './resolve-params.ts';
import { describeWritten, plain } from './written.ts';
import type { Place, Written, WrittenEntry } from './written.ts';

export interface OwnPoints {
  readonly points: readonly Point[];
  /** Names of parameters with a wrong value. They must not be reported as missing. */
  readonly broken: ReadonlySet<string>;
  /** True if an axis is wrong or sets a parameter twice, so that the points cannot be determined. */
  readonly lacksAxis: boolean;
}

/**
 * Returns all combinations of the values of the step's axes. The first axis varies slowest. A step without `each` has
 * one point, which has no axes.
 */
export function ownPoints(draft: StepDraft, context: Substitution): OwnPoints {
  const home = draft.use?.place ?? draft.key;
  const { fixed, broken } = fixedParams(draft, context);
  if (draft.each.size === 0) return { points: [pointOf({}, fixed, home)], broken, lacksAxis: false };
  const taken = new Set(fixed.keys());
  const axes: (readonly Point[])[] = [];
  let lacksAxis = false;
  for (const [name, entry] of draft.each) {
    const value = substitute(entry.value, context);
    const axis = value && readAxis(name, { ...entry, value }, { home, report: context.report });
    if (axis === undefined) {
      lacksAxis = true;
      for (const param of [name, ...namesIn(entry.value)]) broken.add(param);
      continue;
    }
    const names = new Set(axis.flatMap(({ params }) => Object.keys(params)));
    const twice = [...names].filter((param) => taken.has(param));
    for (const param of twice) context.report(entry.key, failure('set-twice', { name: param }));
    if (twice.length > 0) lacksAxis = true;
    else axes.push(axis);
    for (const param of twice.length > 0 ? [] : names) taken.add(param);
  }
  const count = axes.reduce((product, axis) => product * axis.length, 1);
  if (count > MAX_POINTS) {
    context.report(draft.key, failure('too-many-points', { count, allowed: MAX_POINTS }));
    return { points: [], broken, lacksAxis };
  }
  return { points: productOf([[pointOf({}, fixed, home)], ...axes]), broken, lacksAxis };
}

/** Cartesian product of axes. The axes of one step have different names, so `joinPoints` gives all combinations. */
function productOf(axes: readonly (readonly Point[])[]): readonly Point[] {
  return axes.reduce((left, right) => {
    const joined = joinPoints(left, right, { merge: mergePoints, limit: MAX_POINTS, what: '' });
    return joined.ok ? joined.value : [];
  });
}

interface Fixed {
  readonly fixed: ReadonlyMap<string, WrittenEntry>;
  readonly broken: Set<string>;
}

/** Parameters under `with`, with references (`$param`) replaced by values. */
function fixedParams(draft: StepDraft, context: Substitution): Fixed {
  const broken = new Set<string>();
  const fixed = new Map<string, WrittenEntry>();
  for (const [name, entry] of draft.with?.entries ?? []) {
    const value = substitute(entry.value, context);
    if (value === undefined) broken.add(name);
    else fixed.set(name, value === entry.value ? entry : { ...entry, value });
  }
  return { fixed, broken };
}

interface Reading {
  readonly home: Place;
  readonly report: Report;
}

/** Points of one axis. Undefined if a value of the axis is wrong. */
function readAxis(name: string, { key, value }: WrittenEntry, { home, report }: Reading): readonly Point[] | undefined {
  const { failures, report: note } = collectMistakes();
  checkValues(name, value, note);
  const points: Point[] = [];
  const labels = new Set<string>();
  for (const item of failures.length > 0 || value.type !== 'list' ? [] : value.items) {
    const isMap = item.type === 'map';
    const label = isMap ? namingEntry(item)?.[1] : valueLabel(item);
    if (label === undefined) note(item.place, failure('no-label', { axis: name }));
    else if (labels.has(String(label)))
      note(item.place, failure('duplicate-point', { axis: name, label: String(label), isMap }));
    else points.push(pointOf({ [name]: label }, isMap ? item.entries : new Map([[name, { key, value: item }]]), home));
    labels.add(String(label));
  }
  for (const mistake of failures) report(undefined, mistake);
  return failures.length > 0 ? undefined : points;
}

/** Names of the parameters set by an axis whose values are maps. */
function namesIn(value: Written): readonly string[] {
  const items = value.type === 'list' ? value.items : [];
  return items.flatMap((item) => (item.type === 'map' ? [...item.entries.keys()] : []));
}

function checkValues(axis: string, value: Written, report: Report): void {
  if (value.type !== 'list') {
    const given = describeWritten(value);
    const help = 'A single value belongs under "with".';
    report(value.place, failure('wrong-type', { what: `each.${axis}`, expected: 'a list of values', given, help }));
  } else if (value.items.length === 0) {
    report(value.place, failure('empty-axis', { axis }));
  } else if (new Set(value.items.map((item) => item.type === 'map')).size > 1) {
    report((value.items.find((item) => item.type !== 'map') ?? value).place, failure('mixed-axis', { axis }));
  } else checkNaming(axis, value.items, report);
}

/** Reports points of one axis that are named by different parameters, such as "size=16" and "count=32". */
function checkNaming(axis: string, items: readonly Written[], report: Report): void {
  const first = items.flatMap((item) => namingEntry(item)?.[0] ?? [])[0];
  for (const item of items) {
    const [name] = namingEntry(item) ?? [first];
    if (name === first || name === undefined || first === undefined) continue;
    report(item.place, failure('ragged-axis', { axis, name, first }));
  }
}

/**
 * Entry that names a point whose value is a map: the first text, number or boolean, with its parameter. Undefined if
 * the map has no such entry.
 */
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
