// The one line a finished step gets, in every view.
import type { LetheEvent } from '../../runtime/contracts/events.ts';
import { formatBytes, formatSeconds } from './format-number.ts';

type StepFinished = Extract<LetheEvent, { event: 'step-finished' }>;

const WORDS = { computed: 'done   ', cached: 'cached ', failed: 'FAILED ', skipped: 'skipped' } as const;

export function describeFinished(event: StepFinished): string {
  const remarks = [
    ...(event.status === 'computed' ? [formatSeconds(event.seconds)] : []),
    ...(event.memory_bytes === undefined ? [] : [formatBytes(event.memory_bytes)]),
    ...(event.items === undefined ? [] : [`${event.items.computed} items computed, ${event.items.cached} kept`]),
    ...(event.unchanged === true ? ['output unchanged'] : []),
    ...(event.status === 'skipped' ? ['needs a step that failed'] : []),
  ];
  return `${WORDS[event.status]} ${event.step}${remarks.length > 0 ? ` (${remarks.join(', ')})` : ''}`;
}
