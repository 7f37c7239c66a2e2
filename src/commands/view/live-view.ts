// The live view of a terminal: finished steps scroll by, running ones stay at the bottom with items done, rate and time left.
import type { LetheEvent } from '../../runtime/contracts/events.ts';
import type { Screen } from '../screen.ts';
import { describeFinished } from './describe-step.ts';
import { formatSeconds } from './format-number.ts';

const REDRAW_MS = 120;
const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

interface Running {
  readonly step: string;
  readonly started: number;
  done: number;
  total: number;
  unit: string;
}

export function openLiveView(screen: Screen): {
  readonly onEvent: (event: LetheEvent) => void;
  readonly close: () => void;
} {
  const running = new Map<string, Running>();
  let drawn = 0;
  let frame = 0;
  let finished = 0;
  let total = 0;

  const erase = (): void => {
    if (drawn > 0) process.stdout.write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  const draw = (): void => {
    if (running.size === 0) return;
    frame += 1;
    const rows = [...running.values()].slice(0, Math.max(1, (process.stdout.rows || 24) - 4));
    const lines = rows.map((row) =>
      describeRunning(row, FRAMES[frame % FRAMES.length] ?? '').slice(0, screen.width - 1),
    );
    lines.push(`  ${finished} of ${total} steps`.slice(0, screen.width - 1));
    process.stdout.write(`${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  const timer = setInterval(() => {
    erase();
    draw();
  }, REDRAW_MS);
  const say = (text: string): void => {
    erase();
    process.stdout.write(`${text}\n`);
    draw();
  };

  const onEvent = (event: LetheEvent): void => {
    switch (event.event) {
      case 'run-started':
        total = event.steps;
        break;
      case 'step-started':
        running.set(event.step, {
          step: event.step,
          started: performance.now(),
          done: 0,
          total: event.items ?? 0,
          unit: event.items === undefined ? '' : 'items',
        });
        break;
      case 'step-progress': {
        const row = running.get(event.step);
        if (row !== undefined) Object.assign(row, { done: event.done, total: event.total, unit: event.unit });
        break;
      }
      case 'step-finished':
        running.delete(event.step);
        finished += 1;
        if (event.status !== 'cached') say(describeFinished(event));
        if (event.failure !== undefined) {
          erase();
          void screen.fail([event.failure], 1);
        }
        break;
      case 'warning':
        say(`warning ${event.step === undefined ? '' : `${event.step}: `}${event.message}`);
        break;
      case 'run-finished':
        break;
      default:
        event satisfies never;
    }
  };
  return {
    onEvent,
    close: () => {
      clearInterval(timer);
      erase();
    },
  };
}

function describeRunning(row: Running, frame: string): string {
  const seconds = (performance.now() - row.started) / 1000;
  const parts = [`${frame} ${row.step}`];
  if (row.total > 0) parts.push(`${row.done}/${row.total} ${row.unit}`);
  if (row.done > 0 && seconds > 1) {
    const rate = row.done / seconds;
    parts.push(`${rate.toPrecision(2)}/s`);
    if (row.total > row.done) parts.push(`${formatSeconds((row.total - row.done) / rate)} left`);
  } else if (seconds > 1) parts.push(formatSeconds(seconds));
  return parts.join('  ');
}
