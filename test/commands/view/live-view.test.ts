// The live view on a simulated terminal that interprets what is written to it.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { liveView } from '../../../src/commands/view/live-view.ts';
import type { View } from '../../../src/runtime/contracts/view.ts';
import { screenOf, Terminal } from './terminal.ts';
import { EVENTS, FINISHED, viewContract } from './view-contract.ts';

const graph = { pipeline: 'p', file: '<code>', params: {}, steps: [], modules: [] };

async function open(columns = 80): Promise<{ view: View; terminal: Terminal; note: (text: string) => void }> {
  const terminal = new Terminal(columns);
  const screen = screenOf(terminal);
  const view = await liveView.open({ screen, graph, out: terminal, err: terminal });
  return { view, terminal, note: (text) => screen.note(text) };
}

viewContract('the live view', async () => {
  const { view, terminal } = await open();
  return { view, shown: () => terminal.text };
});

it('keeps a failure on the terminal while other steps run and redraw', async () => {
  const { view, terminal } = await open();
  try {
    for (const event of EVENTS.slice(0, 9)) view.onEvent(event);
    await sleep(300);
    expect(terminal.text).toMatch(
      /error: train was stopped after 2 s\n +node: +train\n +timeout \(s\): 2\n +step: +model\n +Give the step/,
    );
    expect(terminal.text).toMatch(/sigma {2}1\/4 items.*\n {2}3 of 5 steps\n$/);
  } finally {
    await view.close(undefined);
  }
});

it('leaves finished steps and nothing else', async () => {
  const { view, terminal } = await open();
  for (const event of EVENTS.filter((one) => one.event !== 'step-finished' || one.failure === undefined))
    view.onEvent(event);
  view.onEvent(FINISHED);
  await view.close(FINISHED);
  expect(terminal.text).toBe(
    [
      'warning  sigma: blob abc is damaged',
      'warning  memory is enough for 1 of 2 worker processes',
      'skipped  after (depends on a step that failed)',
      'computed sigma (3 s, 1.0 MiB, 4 items computed, 0 cached, output unchanged)',
      '',
    ].join('\n'),
  );
});

it('does not overwrite remarks of other code', async () => {
  const { view, terminal, note } = await open();
  for (const event of EVENTS.slice(0, 5)) view.onEvent(event);
  view.onEvent(EVENTS[5]!);
  note('interrupted: finished steps stay cached');
  await view.close(undefined);
  expect(terminal.text).toBe('warning  sigma: blob abc is damaged\ninterrupted: finished steps stay cached\n');
});

it('never lets the line of a running step wrap, even with wide letters', async () => {
  const { view, terminal } = await open(20);
  view.onEvent({ event: 'run-started', at: 0, run: 'r', pipeline: 'p', steps: 1 });
  view.onEvent({ event: 'step-started', at: Date.now(), step: '測定'.repeat(12), node: 'n', reason: '' });
  view.onEvent({ event: 'warning', at: 0, message: 'short' });
  const lines = terminal.text.split('\n');
  expect(lines.slice(2)).toEqual(['  0 of 1 steps', '']);
  // the mark, a space, and as many double-width letters as fit into 19 columns
  expect(lines[1]).toMatch(/^. (測定){4}$/);
  await view.close(undefined);
  expect(terminal.text).toBe('warning  short\n');
});
