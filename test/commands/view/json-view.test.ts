// The view for programs: lines of JSON with the events, and with failures in their JSON shape.
import { expect, it } from 'vitest';
import { failureJson } from '../../../src/commands/view/failure-json.ts';
import { jsonView } from '../../../src/commands/view/json-view.ts';
import { screenOf, Terminal } from './terminal.ts';
import { EVENTS, FINISHED, viewContract } from './view-contract.ts';
import type { OpenedView } from './view-contract.ts';

const graph = { pipeline: 'p', file: '<code>', params: {}, steps: [], modules: [] };

async function open(): Promise<OpenedView> {
  let written = '';
  const out = { write: (text: string) => void (written += text) };
  const view = await jsonView.open({ screen: screenOf(new Terminal()), graph, out, err: out });
  return { view, shown: () => written };
}

viewContract('the view for programs', open);

it('prints every event on a line', async () => {
  const { view, shown } = await open();
  for (const event of [...EVENTS, FINISHED]) view.onEvent(event);
  const lines = (await shown()).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    [...EVENTS, FINISHED].map((event) =>
      event.event === 'step-finished' && event.failure ? { ...event, failure: failureJson(event.failure) } : event,
    ),
  );
});
