// Points of sweeps, and how two lists of points become one: joined on the axes both have, multiplied over the others.
import type { Axes } from '../contracts/define.ts';
import { failed, failure } from '../contracts/failure.ts';
import type { Result } from '../contracts/failure.ts';
import type { Edge, FileParam, Json, Step } from '../contracts/graph.ts';
import type { Place, WrittenEntry, WrittenMap } from './written.ts';
import { placeAt, plain, pointerParts } from './written.ts';

/** More points than this in one pipeline are a slip, not a sweep. */
export const MAX_POINTS = 100_000;

/** One point of a step's sweep, from the axes under `each` to the step of the graph that it becomes. */
export interface Point {
  readonly axes: Axes;
  /** As written, references replaced; once the step is linked: validated, with defaults. */
  readonly params: Readonly<Record<string, Json>>;
  readonly files: readonly FileParam[];
  readonly items?: NonNullable<Step['items']>;
  readonly cards?: NonNullable<Step['cards']>;
  /** Where the parameter at a JSON pointer was written (its name, if `isKey`), or the nearest thing around it. */
  readonly locate: (pointer: string, isKey?: boolean) => Place;
}

/** A point with its edges. */
export interface JoinedPoint extends Point {
  /** e.g. `sigma[layer=conv1]`. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, Edge | readonly Edge[]>>;
}

/** A point that sets these parameters. Parameters that are not written are located at `place`. */
export function pointOf(axes: Axes, entries: ReadonlyMap<string, WrittenEntry>, place: Place): Point {
  const root: WrittenMap = { type: 'map', entries, place };
  return {
    axes,
    params: plain(root) as Point['params'],
    files: [],
    locate: (pointer, isKey) => placeAt(root, pointer, isKey),
  };
}

/** The point that sets the parameters of both. */
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
  /** How many points there may be. */
  readonly limit: number;
  /** The right side in words, for a failure. */
  readonly what: string;
}

/**
 * All pairs that agree on the axes both sides have; the left side varies slowest. Points of one side have the same axes. Fails where
 * there are too many pairs, or none.
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

/** Different values of the axes, as many as a message takes. */
function firstValues(side: readonly HasAxes[], names: readonly string[]): readonly string[] {
  return [...new Set(side.map(({ axes }) => names.map((name) => `${name}=${axes[name]}`).join(',')))].slice(0, 8);
}

/** One text for the values of these axes. */
export function keyOf(axes: Axes, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => axes[name]));
}

/** Groups of points with equal values of these axes, by `keyOf`. */
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
