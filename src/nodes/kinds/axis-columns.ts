// Axes of a sweep as columns of a table.
import type { Columns } from '../../runtime/contracts/artifact.ts';
import type { Axes } from '../../runtime/contracts/define.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';

/** Returns the canonical text of a point: equal points have equal texts, whatever the order of the axes. */
export function pointText(axes: Axes): string {
  return JSON.stringify(Object.entries(axes).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns a point in the notation of step names: `architecture=resnet20,layer=conv1`. */
export function describePoint(axes: Axes): string {
  const parts = Object.entries(axes).map(([name, value]) => `${name}=${value}`);
  return parts.length > 0 ? parts.join(',') : 'the only point';
}

/**
 * Checks the axes of a table before it is written.
 * @throws FailureError `axis-name` if an axis has the name of a column, `mixed-axes` if the points have different axes
 */
export function checkAxes(kind: { readonly name: string; readonly columns?: Columns }, points: readonly Axes[]): void {
  const [first] = points;
  if (!first) return;
  const names = Object.keys(first);
  const taken = names.find((name) => kind.columns?.[name]);
  if (taken !== undefined) fail(failure('axis-name', { axis: taken, kind: kind.name }));
  const other = points.find((point) => Object.keys(point).sort().join() !== [...names].sort().join());
  if (other) fail(failure('mixed-axes', { one: describePoint(first), another: describePoint(other) }));
}
