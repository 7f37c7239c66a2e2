// The plain view: every line stays where it was printed, in the order of the events.
import { expect, it } from 'vitest';
import { plainView } from '../../../src/commands/view/plain-view.ts';
import { screenOf, Terminal } from './terminal.ts';
import { EVENTS, FINISHED, viewContract } from './view-contract.ts';
import type { OpenedView } from './view-contract.ts';

const graph = { pipeline: 'p', file: '<code>', params: {}, steps: [], modules: [] };

async function open(): Promise<OpenedView> {
  const terminal = new Terminal(200);
  const setup = { screen: screenOf(terminal), graph, out: terminal, err: terminal };
  return { view: await plainView.open(setup), shown: () => terminal.text };
}

viewContract('the plain view', open);

it('prints one line per event, and failures between them', async () => {
  const { view, shown } = await open();
  for (const event of [...EVENTS, FINISHED]) view.onEvent(event);
  expect(await shown()).toMatchInlineSnapshot(`
    "start    model: no earlier result
    start    sigma (4 items): param /alpha: 1 -> 2
    warning  sigma: blob abc is damaged
    warning  memory is enough for 1 of 2 worker processes
    FAILED   model
    error: train was stopped after 2 s
      node:        train
      timeout (s): 2
      step:        model
      Give the step a longer \`timeout:\` if needed; finished items are cached.
    skipped  after (depends on a step that failed)
    computed sigma (3 s, 1.0 MiB, 4 items computed, 0 cached, output unchanged)
    "
  `);
});
