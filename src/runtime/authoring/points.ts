// Points of sweeps. Two lists of points are joined at equal values of their common axes. Values of the other axes are
// combined in all ways.
import type { Axes } from '../contracts/define.ts';
import { failed, failure } from '../contracts/failure.ts';
import type { Result } from '../contracts/failure.ts';
import type { Edge, FileParam, Json, Step } from '../contracts/graph.ts';
import type { Place, WrittenEntry, WrittenMap } from './written.ts';
import { placeAt, plain, pointerParts } from './written.ts';

/** Largest number of points in one pipeline. A larger number is probably a mistake. */
export const MAX_POINTS = 100_000;

/** A point of a step's sweep, from which a step of the graph is made. */
export interface Point {
  readonly axes: Axes;
  /** Parameters with references replaced by values. Linking validates them and fills in defaults. */
  readonly params: Readonly<Record<string, Json>>;
  readonly files: readonly FileParam[];
  readonly items?: NonNullable<Step['items']>;
  readonly cards?: NonNullable<Step['cards']>;
  /**
   * Returns the position of the parameter at a JSON pointer, or of its name if `isKey`. If the parameter is not
   * written, returns the position of the nearest written value that would contain it.
   */
  readonly locate: (pointer: string, isKey?: boolean) => Place;
}

/** A point with its inherited axes and its edges. */
export interface JoinedPoint extends Point {
  /** Name such as `sigma[layer=conv1]`. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, Edge | readonly Edge[]>>;
}

/** Creates a point with these axes and parameters. Parameters that are not written get the position `place`. */
export function pointOf(axes: Axes, entries: ReadonlyMap<string, WrittenEntry>, place: Place): Point {
  const root: WrittenMap = { type: 'map', entries, place };
  return {
    axes,
    params: plain(root) as Point['params'],
    files: [],
    locate: (pointer, isKey) => placeAt(root, pointer, isKey),
  };
}

/** Creates a point with the axes and parameters of two points. */
export function mergePoints(left: Point, right: Point): Point {
  return {
    axes: { ...left.axes, ...right.axes },
    params: { ...left.params, ...right.params },
    files: [],
    locate: (pointer, isKey) =>
      (Object.hasOwn(right.params, pointerParts(pointer)[0] ?? '') ? right : left).locate(pointer, isKey),
  };
}

interface HasAxes {
  readonly axes: Axes;
}

interface JoinOptions<A, B, C> {
  readonly merge: (a: A, b: B) => C;
  /** Largest number of points that the join may have. */
  readonly limit: number;
  /** Name of the right list in failures. */
  readonly what: string;
}

/**
 * Joins two lists: merges every pair of points with equal values of the common axes. The left list varies slowest. All
 * points of a list must have the same axes. Fails if there are no pairs, or more than `limit`.
 */
export function joinPoints<A extends HasAxes, B extends HasAxes, C>(
  left: readonly A[],
  right: readonly B[],
  { merge, limit, what }: JoinOptions<A, B, C>,
): Result<readonly C[]> {
  const shared = Object.keys(left[0]?.axes ?? {}).filter((name) => name in (right[0]?.axes ?? {}));
  if (left.length === 1 && right.length === 1 && shared.length === 0)
    return { ok: true, value: [merge(left[0] as A, right[0] as B)] };
  const groups = groupBy(right, shared);
  const matches = left.map((a) => groups.get(keyOf(a.axes, shared)) ?? []);
  const count = matches.reduce((sum, group) => sum + group.length, 0);
  if (count > limit) return failed(failure('too-many-points', { count, allowed: MAX_POINTS }));
  if (count === 0) {
    const [first, second] = [left, right].map((side) => firstValues(side, shared));
    return failed(failure('no-common-point', { axes: shared, left: first ?? [], right: second ?? [], what }));
  }
  return { ok: true, value: left.flatMap((a, i) => (matches[i] ?? []).map((b) => merge(a, b))) };
}

/** First eight distinct combinations of values of the axes `names`, for a failure. */
function firstValues(side: readonly HasAxes[], names: readonly string[]): readonly string[] {
  return [...new Set(side.map(({ axes }) => names.map((name) => `${name}=${axes[name]}`).join(',')))].slice(0, 8);
}

/** Text that identifies the values of the axes `names`. */
export function keyOf(axes: Axes, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => axes[name]));
}

/** Groups points with equal values of the axes `names`. The keys of the map are results of `keyOf`. */
export function groupBy<T extends HasAxes>(
  list: readonly T[],
  names: readonly string[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const key = keyOf(one.axes, names);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}
