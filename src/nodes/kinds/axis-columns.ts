// Points of a sweep as columns: the columns of a table that its kind does not declare are axes.
import type { Kind, Row } from '../../runtime/contracts/artifact.ts';
import type { Axes, AxisValue } from '../../runtime/contracts/define.ts';
import { fail } from '../../runtime/contracts/failure.ts';

/** The axes of a row of a kind that takes axes. */
export function axesOf(kind: Kind, row: Row): Axes {
  const point: Record<string, AxisValue> = {};
  for (const [name, cell] of Object.entries(row)) {
    if (!kind.columns?.[name]) point[name] = cell as AxisValue;
  }
  return point;
}

/** Equal points have equal texts, whatever the order of the axes. */
export function pointText(axes: Axes): string {
  return JSON.stringify(Object.entries(axes).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `architecture=resnet20,layer=conv1`, as in the names of steps. */
export function describePoint(axes: Axes): string {
  const parts = Object.entries(axes).map(([name, value]) => `${name}=${value}`);
  return parts.length > 0 ? parts.join(',') : 'the only point';
}

/** Fails with `axis-name` where an axis is called like a column, with `mixed-axes` where points have different axes. */
export function checkAxes(kind: Kind, points: readonly Axes[]): void {
  const [first] = points;
  if (!first) return;
  const names = Object.keys(first);
  const taken = names.find((name) => kind.columns?.[name]);
  if (taken !== undefined) {
    fail({
      reason: 'axis-name',
      headline: `the axis "${taken}" has the name of a column`,
      values: { table: kind.name, column: taken },
      help: `Give the axis another name: a list of objects makes one of any name, for example "each: { my-${taken}: [{ ${taken}: ... }] }".`,
    });
  }
  const other = points.find((point) => Object.keys(point).sort().join() !== [...names].sort().join());
  if (other) {
    fail({
      reason: 'mixed-axes',
      headline: 'the tables to join have different axes',
      values: { one: describePoint(first), another: describePoint(other) },
      help: 'Join the results of one sweep; use one step for each of several.',
    });
  }
}
