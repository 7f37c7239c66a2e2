// `lethe plan`: the steps that `run` would compute, the reasons, and their expected time and memory.
import { expectRun } from '../runtime/engine/expect.ts';
import type { PlannedStep } from '../runtime/engine/planned-step.ts';
import { chooseWorkers } from '../runtime/contracts/memory-shares.ts';
import type { Workers } from '../runtime/contracts/memory-shares.ts';
import type { Arguments } from './arguments.ts';
import type { Screen } from './screen.ts';
import { describeExpected, describeRun } from './view/expected-text.ts';
import { formatBytes } from './view/format-number.ts';
import { readWorkers } from './workers-option.ts';
import { openWorkspace } from './workspace.ts';

const WORDS = { cached: 'cached  ', 'will-run': 'run     ', unknown: 'unknown ' } as const;

export async function plan(args: Arguments, screen: Screen): Promise<number> {
  const wanted = readWorkers(args);
  if (!wanted.ok) return screen.fail(wanted.failures, 2);
  const backend = args.values['backend']?.[0];
  const workers = chooseWorkers({ ...wanted.value, ...(backend === undefined ? {} : { backend }) });
  if (!workers.ok) return screen.fail(workers.failures, 2);
  const workspace = await openWorkspace(args, screen);
  if (!workspace.ok) return screen.fail(workspace.failures, 2);
  const { graph, store } = workspace.value;
  try {
    const { planGraph } = await import('../runtime/engine/plan.ts');
    const options = { targets: args.positionals.slice(1), force: args.values['force'] ?? [], expect: true } as const;
    const planned = await planGraph(graph, store, options);
    if (!planned.ok) return await screen.fail(planned.failures, 2);
    const { steps } = planned.value;
    if (screen.json) for (const step of steps) screen.line(asJson(step));
    else print(steps, workers.value, screen);
    return 0;
  } finally {
    await store.close();
  }
}

function asJson({ step, status, reason, itemsMissing, changes, expected }: PlannedStep): unknown {
  return {
    event: 'planned',
    step: step.name,
    node: step.node,
    status,
    reason,
    items_missing: itemsMissing,
    changes,
    expected_seconds: expected?.seconds,
    expected_memory_bytes: expected?.memory,
    measured_from: expected?.from,
  };
}

function print(steps: readonly PlannedStep[], workers: Workers, screen: Screen): void {
  const cached = steps.filter((step) => step.status === 'cached').length;
  for (const planned of steps) {
    if (planned.status === 'cached') continue;
    const items = planned.itemsMissing === undefined ? '' : ` (${planned.itemsMissing} items)`;
    const line = `${WORDS[planned.status]} ${planned.step.name}${items}: ${planned.reason}`;
    screen.print(`${line}; ${describeExpected(planned)}`);
  }
  const running = steps.filter((step) => step.status === 'will-run').length;
  const unknown = steps.length - cached - running;
  if (running + unknown === 0) {
    screen.print(`nothing to compute: ${cached === 1 ? 'the step is' : `all ${cached} steps are`} cached`);
    return;
  }
  const depends = unknown > 0 ? `, ${unknown} ${unknown === 1 ? 'depends' : 'depend'} on their results` : '';
  screen.print(`${running} ${running === 1 ? 'step' : 'steps'} to compute${depends}, ${cached} cached`);
  screen.print(describeTotal(steps, workers));
}

function describeTotal(steps: readonly PlannedStep[], { jobs, shares }: Workers): string {
  const likely = expectRun(steps, ({ status }) => status === 'will-run', jobs);
  const most = expectRun(steps, ({ status }) => status !== 'cached', jobs);
  const bound = shares ? `; limited to ${formatBytes(shares.share)} for each of ${jobs}` : '';
  return `${describeRun(likely, most, jobs)}${bound}`;
}
