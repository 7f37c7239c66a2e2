// `lethe check`: parses and links a pipeline without computing anything.
import type { Arguments } from './arguments.ts';
import type { Screen } from './screen.ts';
import { loadGraphFor } from './workspace.ts';

export async function check(args: Arguments, screen: Screen): Promise<number> {
  const graph = await loadGraphFor(args);
  if (!graph.ok) return screen.fail(graph.failures, 2);
  const { pipeline, steps } = graph.value;
  const names = new Set(steps.map((step) => step.base));
  if (screen.json) screen.line({ event: 'checked', pipeline, steps: steps.length });
  else if (!screen.quiet)
    screen.print(`${pipeline}: no mistakes, ${names.size} steps, ${steps.length} with their sweeps`);
  return 0;
}
