// Sorts steps so that every step comes after the steps it depends on, and reports cycles.
import { failure } from '../contracts/failure.ts';
import type { PortLinks } from './link-ports.ts';
import type { StepDraft } from './pipeline-draft.ts';
import type { Report } from './report.ts';

type Links = ReadonlyMap<string, PortLinks>;

/**
 * Returns the names of steps in topological order, as close to their order in the file as possible. Cycles are
 * reported. Steps on a cycle and steps that depend on them are left out.
 */
export function orderSteps(drafts: ReadonlyMap<string, StepDraft>, links: Links, report: Report): readonly string[] {
  const sources = new Map([...drafts.keys()].map((name) => [name, sourcesOf(links, name)]));
  const names = sortSteps(sources);
  const rest = new Map([...sources].filter(([name]) => !names.has(name)));
  const seen = new Set<string>();
  for (const name of rest.keys()) {
    if (seen.has(name)) continue;
    const circle = findCircle(name, { rest, seen });
    if (circle !== undefined) reportCircle(circle, drafts, report);
  }
  return [...names];
}

function sourcesOf(links: Links, name: string): ReadonlySet<string> {
  return new Set([...(links.get(name)?.values() ?? [])].flat().map((link) => link.step));
}

/**
 * Sorts steps depth first, in the order of the file. Steps on a cycle and steps that depend on them are left out.
 * `sources` maps each step to the steps it depends on.
 */
function sortSteps(sources: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const sortable = sortableSteps(sources);
  const done = new Set<string>();
  for (const first of sources.keys()) {
    const stack = sortable.has(first) ? [first] : [];
    for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
      const before = stack.length;
      if (!done.has(name)) stack.push(...[...(sources.get(name) ?? [])].filter((need) => !done.has(need)).reverse());
      if (stack.length > before) continue;
      done.add(name);
      stack.pop();
    }
  }
  return done;
}

/** Names of the steps that neither are on a cycle nor depend on one, found by Kahn's algorithm. */
function sortableSteps(sources: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const dependants = new Map<string, string[]>([...sources.keys()].map((name) => [name, []]));
  const missing = new Map([...sources].map(([name, needs]) => [name, needs.size]));
  for (const [name, needs] of sources) for (const need of needs) dependants.get(need)?.push(name);
  const ready = [...sources.keys()].filter((name) => missing.get(name) === 0);
  // `ready` grows during the iteration.
  for (const name of ready) {
    for (const dependant of dependants.get(name) ?? []) {
      const left = (missing.get(dependant) ?? 0) - 1;
      missing.set(dependant, left);
      if (left === 0) ready.push(dependant);
    }
  }
  return new Set(ready);
}

interface Search {
  readonly rest: ReadonlyMap<string, ReadonlySet<string>>;
  /** Steps that an earlier search has visited. */
  readonly seen: Set<string>;
}

/**
 * Follows dependencies among the unsorted steps (`rest`), from `start` until a step occurs twice, and returns the cycle
 * from that step. Undefined if the search ends at a step that an earlier search has visited.
 */
function findCircle(start: string, { rest, seen }: Search): readonly string[] | undefined {
  const path: string[] = [];
  const places = new Map<string, number>();
  let name: string | undefined = start;
  while (name !== undefined && !seen.has(name)) {
    const before = places.get(name);
    if (before !== undefined) {
      for (const one of path) seen.add(one);
      return path.slice(before);
    }
    places.set(name, path.length);
    path.push(name);
    name = [...(rest.get(name) ?? [])].find((need) => rest.has(need));
  }
  for (const one of path) seen.add(one);
  return undefined;
}

/**
 * Reports a cycle, in which `circle[i]` depends on `circle[i + 1]`. The report begins with the step that the file lists
 * first, and follows the direction of the edges.
 */
function reportCircle(circle: readonly string[], drafts: ReadonlyMap<string, StepDraft>, report: Report): void {
  const order = [...drafts.keys()];
  const steps = [...circle].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const first = steps[0] ?? '';
  const at = circle.indexOf(first);
  const needs = [...circle.slice(at), ...circle.slice(0, at)];
  const flow = [first, ...needs.slice(1).reverse(), first];
  const draft = drafts.get(first) as StepDraft;
  const references = [...draft.from.values()].flatMap((port) => port.references);
  const reference = references.find(({ step }) => step === (needs[1] ?? first));
  report(reference?.place ?? draft.key, failure('cycle', { steps, flow }, { step: first }));
}
