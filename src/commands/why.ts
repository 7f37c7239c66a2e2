// `lethe why FILE STEP`: what changed, from what to what.
import type { PlannedStep } from '../runtime/engine/plan.ts';
import type { Change } from '../runtime/engine/why.ts';
import type { Arguments } from './arguments.ts';
import type { Screen } from './screen.ts';
import { openWorkspace } from './workspace.ts';

export async function why(args: Arguments, screen: Screen): Promise<number> {
  const workspace = await openWorkspace(args, screen);
  if (!workspace.ok) return screen.fail(workspace.failures, 2);
  const { graph, store } = workspace.value;
  try {
    const { explainSteps } = await import('../runtime/engine/why.ts');
    const explained = await explainSteps(graph, store, args.positionals[1] ?? '', args.values['force']);
    if (!explained.ok) return await screen.fail(explained.failures, 2);
    for (const one of explained.value) {
      if (screen.json)
        screen.line({
          event: 'why',
          step: one.step.name,
          status: one.status,
          reason: one.reason,
          changes: one.changes ?? [],
        });
      else screen.print(describe(one));
    }
    return 0;
  } finally {
    await store.close();
  }
}

function describe({ step, status, reason, changes = [] }: PlannedStep): string {
  const heading = { cached: 'is kept', 'will-run': 'would run', unknown: 'is not known yet' }[status];
  return [`${step.name} ${heading}: ${reason}`, ...changes.map((change) => `  ${describeChange(change)}`)].join('\n');
}

function describeChange({ what, where, before, after }: Change): string {
  return `${what} ${where}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`;
}
