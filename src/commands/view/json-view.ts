// The view for programs: every event as one line of JSON on standard output.
import type { LetheEvent } from '../../runtime/contracts/events.ts';
import { failureJson } from './failure-json.ts';
import { defineView } from './view-card.ts';

export const jsonView = defineView({
  name: 'json',
  doc: 'one JSON event per line (same as --json)',
  open: ({ out }) => ({
    onEvent: (event) => void out.write(`${JSON.stringify(eventJson(event))}\n`),
    close: () => undefined,
  }),
});

function eventJson(event: LetheEvent): unknown {
  if (event.event !== 'step-finished' || event.failure === undefined) return event;
  return { ...event, failure: failureJson(event.failure) };
}
