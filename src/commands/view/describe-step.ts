// Lines for finished steps and for warnings, in views for people.
import type { StepFinished, Warning } from '../../runtime/contracts/events.ts';
import { formatBytes, formatSeconds } from './format-number.ts';

const WORDS = { computed: 'computed', cached: 'cached  ', failed: 'FAILED  ', skipped: 'skipped ' } as const;

export function describeFinished(event: StepFinished): string {
  const remarks = [
    ...(event.status === 'computed' ? [formatSeconds(event.seconds)] : []),
    ...(event.memory_bytes === undefined ? [] : [formatBytes(event.memory_bytes)]),
    ...(event.items === undefined ? [] : [`${event.items.computed} items computed, ${event.items.cached} cached`]),
    ...(event.unchanged === true ? ['output unchanged'] : []),
    ...(event.status === 'skipped' ? ['depends on a step that failed'] : []),
  ];
  return `${WORDS[event.status]} ${event.step}${remarks.length > 0 ? ` (${remarks.join(', ')})` : ''}`;
}

export function describeWarning({ step, message }: Warning): string {
  return `warning  ${step === undefined ? '' : `${step}: `}${message}`;
}
