// Expands sweeps: axes travel along edges to dependants until a port that collects. Two edges with one axis are joined where its
// values are equal; different axes give their product.
import type { Axes } from '../contracts/define.ts';
import type { Failure } from '../contracts/failure.ts';
import type { Edge } from '../contracts/graph.ts';
import type { Link, PortLinks } from './link-ports.ts';
import { MAX_POINTS, tooMany } from './own-points.ts';
import type { StepDraft } from './pipeline-draft.ts';
import { stepName } from '../contracts/step-name.ts';
import { mistake } from './written.ts';

/** Edges that many collecting ports may have together: a bound on memory. */
const MAX_EDGES = 4_000_000;

/** A step to expand. `P` is what belongs to each of its own points. */
export interface Sweep<P> {
  readonly draft: StepDraft;
  readonly own: readonly { readonly axes: Axes; readonly point: P }[];
  readonly links: PortLinks;
  readonly many: ReadonlySet<string>;
}

/** One step of the graph: a point of all axes. */
export interface ExpandedPoint<P> {
  readonly name: string;
  readonly axes: Axes;
  readonly point: P;
  readonly inputs: Readonly<Record<string, Edge | readonly Edge[]>>;
}

export interface Expanded<P> {
  readonly points: ReadonlyMap<string, readonly ExpandedPoint<P>[]>;
  readonly failures: readonly Failure[];
}

/** `sweeps` in topological order. A step behind one that is missing or wrong is passed over. */
export function expandSweeps<P>(sweeps: readonly Sweep<P>[]): Expanded<P> {
  const points = new Map<string, readonly ExpandedPoint<P>[]>();
  const failures: Failure[] = [];
  const budget = { points: MAX_POINTS, edges: MAX_EDGES };
  for (const sweep of sweeps) {
    const sources = [...sweep.links.values()].flat();
    if (sweep.own.length === 0 || sources.some((link) => !points.has(link.step))) continue;
    const expanded = expandOne(sweep, { points, budget });
    if (Array.isArray(expanded)) points.set(sweep.draft.name, expanded as readonly ExpandedPoint<P>[]);
    else failures.push(mistake(sweep.draft.key, { ...(expanded as Failure), step: sweep.draft.name }));
  }
  return { points, failures };
}

interface Expansion<P> {
  readonly points: ReadonlyMap<string, readonly ExpandedPoint<P>[]>;
  readonly budget: { points: number; edges: number };
}

/** A point under way: the axes so far, and the edges they came along. */
interface Partial {
  readonly axes: Axes;
  readonly edges: Readonly<Record<string, Edge>>;
}

function expandOne<P>(sweep: Sweep<P>, { points, budget }: Expansion<P>): readonly ExpandedPoint<P>[] | Failure {
  const name = sweep.draft.name;
  let partials: readonly Partial[] = [{ axes: {}, edges: {} }];
  for (const [port, [link]] of sweep.links) {
    if (sweep.many.has(port) || link === undefined) continue;
    const upstream = edgesFrom(link, points);
    const joined = join(
      partials,
      upstream,
      (partial, edge) => ({ axes: { ...partial.axes, ...edge.axes }, edges: { ...partial.edges, [port]: edge } }),
      budget.points,
    );
    if (typeof joined === 'number') return tooMany(joined);
    if (joined.length === 0) return noCommonPoint(partials, upstream, `${port} (${link.step})`);
    partials = joined;
  }
  const own = join(
    partials,
    sweep.own,
    (partial, { axes, point }) => ({ ...partial, axes: { ...partial.axes, ...axes }, point }),
    budget.points,
  );
  if (typeof own === 'number') return tooMany(own);
  if (own.length === 0) return noCommonPoint(partials, sweep.own, 'its own "each"');
  budget.points -= own.length;
  const collect = collectors(sweep, points);
  const names = new Set<string>();
  const expanded: ExpandedPoint<P>[] = [];
  for (const { axes, edges, point } of own) {
    const full = stepName(name, axes);
    if (names.has(full))
      return {
        reason: 'ambiguous-name',
        headline: `two points of ${name} are both named ${full}`,
        help: 'Use values without "," and "=" on its axes.',
      };
    names.add(full);
    const inputs: Record<string, Edge | readonly Edge[]> = {};
    for (const port of sweep.links.keys()) {
      const edge = edges[port];
      const collected = edge === undefined ? collect(port, axes) : [];
      budget.edges -= collected.length;
      inputs[port] = edge ?? collected;
    }
    if (budget.edges < 0)
      return {
        reason: 'too-many-edges',
        headline: `the collecting ports of ${name} have too many inputs together`,
        values: { allowed: MAX_EDGES },
      };
    expanded.push({ name: full, axes, point, inputs });
  }
  return expanded;
}

function edgesFrom<P>(link: Link, points: Expansion<P>['points']): readonly Edge[] {
  return (points.get(link.step) ?? []).map(({ name, axes }) => ({ step: name, output: link.output, axes }));
}

/** What a collecting port gets at a point: everything upstream that agrees on the axes both have, in sweep order. */
function collectors<P>(sweep: Sweep<P>, points: Expansion<P>['points']): (port: string, axes: Axes) => readonly Edge[] {
  const ports = new Map<string, (axes: Axes) => readonly Edge[]>();
  for (const [port, links] of sweep.links) {
    const all = sweep.many.has(port) ? links.flatMap((link) => edgesFrom(link, points)) : [];
    ports.set(port, collector(all));
  }
  return (port, axes) => ports.get(port)?.(axes) ?? [];
}

function collector(all: readonly Edge[]): (axes: Axes) => readonly Edge[] {
  const names = [...new Set(all.flatMap((edge) => Object.keys(edge.axes)))];
  // Links of several steps may differ in their axes: an edge that lacks a shared axis agrees with every value of it.
  const isUniform = all.every((edge) => Object.keys(edge.axes).length === names.length);
  let groups: ReadonlyMap<string, readonly Edge[]> | undefined;
  return (axes) => {
    const shared = names.filter((name) => name in axes);
    if (shared.length === 0) return all;
    if (!isUniform)
      return all.filter((edge) => shared.every((name) => !(name in edge.axes) || edge.axes[name] === axes[name]));
    groups ??= groupBy(all, shared);
    return groups.get(keyOf(axes, shared)) ?? [];
  };
}

function keyOf(axes: Axes, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => axes[name]));
}

function groupBy<T extends { readonly axes: Axes }>(
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

/** All pairs that agree on the axes both sides have; the left side varies slowest. A number if there would be more than `limit`. */
function join<A extends { readonly axes: Axes }, B extends { readonly axes: Axes }, C>(
  left: readonly A[],
  right: readonly B[],
  merge: (a: A, b: B) => C,
  limit: number,
): readonly C[] | number {
  const shared = Object.keys(left[0]?.axes ?? {}).filter((name) => name in (right[0]?.axes ?? {}));
  const groups = groupBy(right, shared);
  const matches = left.map((a) => groups.get(keyOf(a.axes, shared)) ?? []);
  const count = matches.reduce((sum, group) => sum + group.length, 0);
  if (count > limit) return count;
  return left.flatMap((a, i) => (matches[i] ?? []).map((b) => merge(a, b)));
}

interface HasAxes {
  readonly axes: Axes;
}

function noCommonPoint(left: readonly HasAxes[], right: readonly HasAxes[], what: string): Failure {
  const shared = Object.keys(left[0]?.axes ?? {}).filter((name) => name in (right[0]?.axes ?? {}));
  const valuesOf = (side: readonly HasAxes[]): string =>
    [...new Set(side.map(({ axes }) => shared.map((name) => `${name}=${axes[name]}`).join(',')))].slice(0, 8).join(' ');
  return {
    reason: 'no-common-point',
    headline: `what comes in has no value of ${shared.join(', ')} in common`,
    values: { 'so far': valuesOf(left), [what]: valuesOf(right) },
    help: 'Edges that carry the same axis are joined where its values are equal.',
  };
}
