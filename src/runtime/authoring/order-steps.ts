// Sorts steps so that each comes after those that it depends on, and finds cycles.
import { failure } from '../contracts/failure.ts';
import type { PortLinks } from './link-ports.ts';
import type { StepDraft } from './pipeline-draft.ts';
import type { Report } from './report.ts';

type Links = ReadonlyMap<string, PortLinks>;

/**
 * Names in topological order, as close to the order of the file as possible. Steps on a cycle, or dependent on one, are
 * missing; cycles are reported.
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

/** Kahn's algorithm, keeping the order of the file. `sources` are the steps that each step depends on. */
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

function sortableSteps(sources: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const dependants = new Map<string, string[]>([...sources.keys()].map((name) => [name, []]));
  const missing = new Map([...sources].map(([name, needs]) => [name, needs.size]));
  for (const [name, needs] of sources) for (const need of needs) dependants.get(need)?.push(name);
  const ready = [...sources.keys()].filter((name) => missing.get(name) === 0);
  // The list grows during the iteration.
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
  /** Steps on a cycle that was already found, or dependent on one. */
  readonly seen: Set<string>;
}

/** Follows dependencies among the steps that could not be sorted, until a step repeats. */
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
 * Reports a cycle, in which `circle[i]` depends on `circle[i + 1]`. The report begins with the step written first and
 * follows the direction of the edges.
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
