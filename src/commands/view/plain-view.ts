// The view for logs, pipes and CI: one line per event, on standard error. The progress of a step is reported at most
// every ten seconds.
import type { LetheEvent } from '../../runtime/contracts/events.ts';
import type { View } from '../../runtime/contracts/view.ts';
import { describeFinished, describeWarning } from './describe-step.ts';
import { defineView } from './view-card.ts';
import type { ViewSetup } from './view-card.ts';

const EVERY_MS = 10_000;

export const plainView = defineView({
  name: 'plain',
  doc: 'one line per event, for logs and pipes',
  async open({ screen }: ViewSetup): Promise<View> {
    const { renderFailures } = await import('../../runtime/authoring/render-failure.ts');
    const lastReport = new Map<string, number>();
    const onEvent = (event: LetheEvent): void => {
      switch (event.event) {
        case 'step-started':
          lastReport.set(event.step, event.at);
          screen.note(
            `start    ${event.step}${event.items === undefined ? '' : ` (${event.items} items)`}: ${event.reason}`,
          );
          break;
        case 'step-progress':
          if (event.at - (lastReport.get(event.step) ?? 0) < EVERY_MS) break;
          lastReport.set(event.step, event.at);
          screen.note(`...      ${event.step}: ${event.done}/${event.total} ${event.unit}`);
          break;
        case 'step-finished':
          if (event.status !== 'cached') screen.note(describeFinished(event));
          if (event.failure !== undefined) screen.alert(renderFailures([event.failure], { color: screen.color }));
          break;
        case 'warning':
          screen.note(describeWarning(event));
          break;
        case 'run-started':
        case 'run-finished':
          break;
        default:
          event satisfies never;
      }
    };
    return { onEvent, close: () => undefined };
  },
});
