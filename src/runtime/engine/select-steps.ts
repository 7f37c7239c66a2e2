// Selects the steps of a graph that a command concerns: the steps that the user names, and all their upstream steps.
import { failure } from '../contracts/failure.ts';
import type { Failure, Result } from '../contracts/failure.ts';
import type { Edge, Graph, Step } from '../contracts/graph.ts';

export interface Selection {
  /** Targets and their upstream steps, in topological order. */
  readonly steps: readonly Step[];
  /** Full names of the requested steps; all steps if none was named. */
  readonly targets: ReadonlySet<string>;
}

/** All edges of a step, in port order. */
export function edgesOf(step: Step): readonly Edge[] {
  return Object.values(step.inputs).flat();
}

/** Finds the full names of the steps with these full or base names. A base name stands for all points of a sweep. */
export function matchSteps(graph: Graph, names: readonly string[]): Result<ReadonlySet<string>> {
  const found = new Set<string>();
  const failures: Failure[] = [];
  for (const name of names) {
    const matching = graph.steps.filter((step) => step.name === name || step.base === name);
    for (const step of matching) found.add(step.name);
    if (matching.length === 0) failures.push(unknownStep(graph, name));
  }
  return failures.length > 0 ? { ok: false, failures } : { ok: true, value: found };
}

function unknownStep(graph: Graph, name: string): Failure {
  return failure('unknown-step', { name, known: [...new Set(graph.steps.flatMap((step) => [step.base, step.name]))] });
}

export function selectSteps(graph: Graph, names: readonly string[] = []): Result<Selection> {
  if (names.length === 0)
    return { ok: true, value: { steps: graph.steps, targets: new Set(graph.steps.map((step) => step.name)) } };
  const targets = matchSteps(graph, names);
  if (!targets.ok) return targets;
  const wanted = new Set(targets.value);
  for (let i = graph.steps.length - 1; i >= 0; i--) {
    const step = graph.steps[i];
    if (step && wanted.has(step.name)) for (const edge of edgesOf(step)) wanted.add(edge.step);
  }
  return { ok: true, value: { steps: graph.steps.filter((step) => wanted.has(step.name)), targets: targets.value } };
}
