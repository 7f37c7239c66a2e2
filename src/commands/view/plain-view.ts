// One line per thing that happened: for logs, pipes and CI. Long steps report at most every ten seconds.
import type { LetheEvent } from '../../runtime/contracts/events.ts';
import type { Screen } from '../screen.ts';
import { describeFinished } from './describe-step.ts';

const EVERY_MS = 10_000;

export function openPlainView(screen: Screen): {
  readonly onEvent: (event: LetheEvent) => void;
  readonly close: () => void;
} {
  const lastReport = new Map<string, number>();
  const onEvent = (event: LetheEvent): void => {
    switch (event.event) {
      case 'step-started':
        lastReport.set(event.step, performance.now());
        screen.note(
          `start   ${event.step}${event.items === undefined ? '' : ` (${event.items} items)`}: ${event.reason}`,
        );
        break;
      case 'step-progress': {
        const last = lastReport.get(event.step) ?? 0;
        if (performance.now() - last < EVERY_MS) break;
        lastReport.set(event.step, performance.now());
        screen.note(`...     ${event.step}: ${event.done}/${event.total} ${event.unit}`);
        break;
      }
      case 'step-finished':
        if (event.status !== 'cached') screen.note(describeFinished(event));
        break;
      case 'warning':
        screen.note(`warning ${event.step === undefined ? '' : `${event.step}: `}${event.message}`);
        break;
      case 'run-started':
      case 'run-finished':
        break;
      default:
        event satisfies never;
    }
    if (event.event === 'step-finished' && event.failure !== undefined) void screen.fail([event.failure], 1);
  };
  return { onEvent, close: () => undefined };
}
