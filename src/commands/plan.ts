// `lethe plan`: what `run` would do, and why.
import type { PlannedStep } from '../runtime/engine/plan.ts';
import type { Arguments } from './arguments.ts';
import type { Screen } from './screen.ts';
import { openWorkspace } from './workspace.ts';

const WORDS = { cached: 'kept    ', 'will-run': 'run     ', unknown: 'unknown ' } as const;

export async function plan(args: Arguments, screen: Screen): Promise<number> {
  const workspace = await openWorkspace(args, screen);
  if (!workspace.ok) return screen.fail(workspace.failures, 2);
  const { graph, store } = workspace.value;
  try {
    const { planGraph } = await import('../runtime/engine/plan.ts');
    const options = { targets: args.positionals.slice(1), force: args.values['force'] ?? [] };
    const planned = await planGraph(graph, store, options);
    if (!planned.ok) return await screen.fail(planned.failures, 2);
    const { steps } = planned.value;
    if (screen.json) for (const step of steps) screen.line(asJson(step));
    else print(steps, screen);
    return 0;
  } finally {
    await store.close();
  }
}

function asJson({ step, status, reason, itemsMissing, changes }: PlannedStep): unknown {
  return { event: 'planned', step: step.name, node: step.node, status, reason, items_missing: itemsMissing, changes };
}

function print(steps: readonly PlannedStep[], screen: Screen): void {
  const kept = steps.filter((step) => step.status === 'cached').length;
  for (const planned of steps) {
    if (planned.status === 'cached') continue;
    const items = planned.itemsMissing === undefined ? '' : ` (${planned.itemsMissing} items)`;
    screen.print(`${WORDS[planned.status]} ${planned.step.name}${items}: ${planned.reason}`);
  }
  const running = steps.filter((step) => step.status === 'will-run').length;
  const unknown = steps.length - kept - running;
  const depends = unknown > 0 ? `, ${unknown} ${unknown === 1 ? 'depends' : 'depend'} on what these give` : '';
  screen.print(
    running + unknown === 0
      ? `nothing to run: ${kept === 1 ? 'the step is' : `all ${kept} steps are`} kept`
      : `${running} ${running === 1 ? 'step' : 'steps'} to run${depends}, ${kept} kept`,
  );
}
