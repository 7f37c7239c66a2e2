// `lethe why FILE STEP`: the changes since the last run, with old and new values.
import { describeChange } from '../runtime/engine/diff-actions.ts';
import type { Cause, PlannedStep } from '../runtime/engine/planned-step.ts';
import type { Arguments } from './arguments.ts';
import type { Screen } from './screen.ts';
import { openWorkspace } from './workspace.ts';

export async function why(args: Arguments, screen: Screen): Promise<number> {
  const workspace = await openWorkspace(args, screen);
  if (!workspace.ok) return screen.fail(workspace.failures, 2);
  const { graph, store } = workspace.value;
  try {
    const { explainSteps } = await import('../runtime/engine/explain-steps.ts');
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
          ...(one.causes === undefined ? {} : { causes: one.causes }),
        });
      else screen.print(describe(one));
    }
    return 0;
  } finally {
    await store.close();
  }
}

/** Largest number of causes listed, since a step may depend on many other steps. */
const MAX_CAUSES = 8;

function describe({ step, status, reason, changes = [], causes = [] }: PlannedStep): string {
  const heading = { cached: 'is cached', 'will-run': 'would run', unknown: 'is not known yet' }[status];
  const more = causes.length - MAX_CAUSES;
  return [
    `${step.name} ${heading}: ${reason}`,
    ...changes.map((change) => `  ${describeChange(change, Infinity)}`),
    ...causes.slice(0, MAX_CAUSES).map(describeCause),
    ...(more > 0 ? [`  and ${more} more steps that would be computed`] : []),
  ].join('\n');
}

function describeCause({ step, points, reason }: Cause): string {
  return `  ${step}${points === 1 ? '' : ` (${points} points)`}: ${reason}`;
}
