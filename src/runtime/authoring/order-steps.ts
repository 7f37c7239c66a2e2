// Puts steps in an order in which each comes after what it needs, and finds the circles where there is none.
import type { Failure } from '../contracts/failure.ts';
import type { PortLinks } from './link-ports.ts';
import type { StepDraft } from './pipeline-draft.ts';
import { mistake } from './written.ts';

type Links = ReadonlyMap<string, PortLinks>;

export interface Order {
  /** Names in topological order, as near to the order of the file as that allows. Steps on or behind a circle are missing. */
  readonly names: readonly string[];
  readonly failures: readonly Failure[];
}

export function orderSteps(drafts: ReadonlyMap<string, StepDraft>, links: Links): Order {
  const sources = new Map([...drafts.keys()].map((name) => [name, sourcesOf(links, name)]));
  const names = sortSteps(sources);
  const rest = new Map([...sources].filter(([name]) => !names.has(name)));
  const failures: Failure[] = [];
  const told = new Set<string>();
  for (const name of rest.keys()) {
    if (told.has(name)) continue;
    const circle = findCircle(name, { rest, told });
    if (circle !== undefined) failures.push(circleFailure(circle, drafts));
  }
  return { names: [...names], failures };
}

function sourcesOf(links: Links, name: string): ReadonlySet<string> {
  return new Set([...(links.get(name)?.values() ?? [])].flat().map((link) => link.step));
}

/** Kahn's algorithm says which steps can be sorted; the order is then that of the file, with what a step needs before it. */
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
  // The list grows while it is walked.
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
  /** Steps that lead to a circle that has been found. */
  readonly told: Set<string>;
}

/** Follows what a step needs, always staying among the steps that could not be sorted, until one comes again. */
function findCircle(start: string, { rest, told }: Search): readonly string[] | undefined {
  const path: string[] = [];
  const seen = new Map<string, number>();
  let name: string | undefined = start;
  while (name !== undefined && !told.has(name)) {
    const before = seen.get(name);
    if (before !== undefined) {
      for (const one of path) told.add(one);
      return path.slice(before);
    }
    seen.set(name, path.length);
    path.push(name);
    name = [...(rest.get(name) ?? [])].find((need) => rest.has(need));
  }
  for (const one of path) told.add(one);
  return undefined;
}

/** `circle[i]` needs `circle[i + 1]`; told from the step that is written first, in the direction in which things flow. */
function circleFailure(circle: readonly string[], drafts: ReadonlyMap<string, StepDraft>): Failure {
  const order = [...drafts.keys()];
  const first = [...circle].sort((a, b) => order.indexOf(a) - order.indexOf(b))[0] ?? '';
  const at = circle.indexOf(first);
  const needs = [...circle.slice(at), ...circle.slice(0, at)];
  const flow = [first, ...needs.slice(1).reverse(), first];
  const from = needs[1] ?? first;
  const draft = drafts.get(first) as StepDraft;
  const reference = [...draft.from.values()].flatMap((port) => port.references).find(({ step }) => step === from);
  const headline =
    circle.length === 1
      ? `the step ${first} needs itself`
      : `the steps ${[...needs].sort((a, b) => order.indexOf(a) - order.indexOf(b)).join(', ')} need each other`;
  return mistake(reference?.place ?? draft.key, {
    reason: 'cycle',
    headline,
    values: { circle: flow.join(' -> ') },
    help: 'Take one of these connections away.',
    step: first,
  });
}
