// Expands sweeps to points. A step inherits the axes of its upstream steps, except through a collecting port (`many`).
// Edges with a common axis are joined at equal values of that axis. Values of other axes are combined in all ways.
import type { Axes } from '../contracts/define.ts';
import { failed, failure } from '../contracts/failure.ts';
import type { Result } from '../contracts/failure.ts';
import type { Edge } from '../contracts/graph.ts';
import { stepName } from '../contracts/step-name.ts';
import type { Link, PortLinks } from './link-ports.ts';
import type { StepDraft } from './pipeline-draft.ts';
import { groupBy, joinPoints, keyOf, MAX_POINTS } from './points.ts';
import type { JoinedPoint, Point } from './points.ts';
import { reportOf } from './report.ts';
import type { Report } from './report.ts';

/** Largest total number of edges into the collecting ports of a pipeline. The limit bounds the memory. */
const MAX_EDGES = 4_000_000;

/** A step to expand. */
export interface Sweep {
  readonly draft: StepDraft;
  /** Points of the step's own axes, before axes are inherited. */
  readonly own: readonly Point[];
  readonly links: PortLinks;
  /** Names of the collecting ports (`many`). */
  readonly many: ReadonlySet<string>;
}

type Points = ReadonlyMap<string, readonly JoinedPoint[]>;

/**
 * Returns the points of every step, by name of the step. `sweeps` must be in topological order. A step with a failure
 * and all steps that depend on it are left out.
 */
export function expandSweeps(sweeps: readonly Sweep[], report: Report): Points {
  const points = new Map<string, readonly JoinedPoint[]>();
  const budget = { points: MAX_POINTS, edges: MAX_EDGES };
  for (const sweep of sweeps) {
    const sources = [...sweep.links.values()].flat();
    if (sweep.own.length === 0 || sources.some((link) => !points.has(link.step))) continue;
    const { name, key } = sweep.draft;
    const expanded = expandOne(sweep, points, budget);
    if (expanded.ok) points.set(name, expanded.value);
    else for (const one of expanded.failures) reportOf(name, report)(key, one);
  }
  return points;
}

/** Numbers of points and edges that may still be created. */
interface Budget {
  points: number;
  edges: number;
}

/** A point under construction: the axes and edges from the ports that have been joined so far. */
interface Partial {
  readonly axes: Axes;
  readonly edges: Readonly<Record<string, Edge>>;
}

interface Expanding extends Partial {
  readonly point: Point;
}

function expandOne(sweep: Sweep, points: Points, budget: Budget): Result<readonly JoinedPoint[]> {
  let partials: readonly Partial[] = [{ axes: {}, edges: {} }];
  for (const [port, [link]] of sweep.links) {
    if (sweep.many.has(port) || link === undefined) continue;
    const joined = joinPoints(partials, edgesFrom(link, points), {
      merge: ({ axes, edges }, edge): Partial => ({
        axes: { ...axes, ...edge.axes },
        edges: { ...edges, [port]: edge },
      }),
      limit: budget.points,
      what: `${port} (${link.step})`,
    });
    if (!joined.ok) return joined;
    partials = joined.value;
  }
  const own = joinPoints(partials, sweep.own, {
    merge: ({ axes, edges }, point): Expanding => ({ axes: { ...axes, ...point.axes }, edges, point }),
    limit: budget.points,
    what: 'its own "each"',
  });
  if (!own.ok) return own;
  budget.points -= own.value.length;
  return connect(sweep, own.value, { collect: collectors(sweep, points), budget });
}

interface Connecting {
  readonly collect: (port: string, axes: Axes) => readonly Edge[];
  readonly budget: Budget;
}

/** Adds to each point its name and its edges, including the edges into collecting ports. */
function connect(
  { draft: { name: step }, links }: Sweep,
  own: readonly Expanding[],
  { collect, budget }: Connecting,
): Result<readonly JoinedPoint[]> {
  const names = new Set<string>();
  const joined: JoinedPoint[] = [];
  for (const { axes, edges, point } of own) {
    const name = stepName(step, axes);
    if (names.has(name)) return failed(failure('ambiguous-name', { step, name }));
    names.add(name);
    const inputs: Record<string, Edge | readonly Edge[]> = {};
    for (const port of links.keys()) {
      const edge = edges[port];
      const collected = edge === undefined ? collect(port, axes) : [];
      budget.edges -= collected.length;
      inputs[port] = edge ?? collected;
    }
    if (budget.edges < 0) return failed(failure('too-many-edges', { step, allowed: MAX_EDGES }));
    joined.push({ ...point, axes, name, inputs });
  }
  return { ok: true, value: joined };
}

function edgesFrom(link: Link, points: Points): readonly Edge[] {
  return (points.get(link.step) ?? []).map(({ name, axes }) => ({ step: name, output: link.output, axes }));
}

/**
 * Returns a function that lists the edges into a collecting port at one point. The edges come, in sweep order, from all
 * upstream points that have the values of this point on the shared axes.
 */
function collectors(sweep: Sweep, points: Points): Connecting['collect'] {
  const ports = new Map<string, (axes: Axes) => readonly Edge[]>();
  for (const port of sweep.many) {
    const links = sweep.links.get(port) ?? [];
    ports.set(port, collector(links.flatMap((link) => edgesFrom(link, points))));
  }
  return (port, axes) => ports.get(port)?.(axes) ?? [];
}

function collector(all: readonly Edge[]): (axes: Axes) => readonly Edge[] {
  const names = [...new Set(all.flatMap((edge) => Object.keys(edge.axes)))];
  // Edges from several steps may have different axes. An edge that lacks one of the shared axes matches every value of
  // that axis.
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
