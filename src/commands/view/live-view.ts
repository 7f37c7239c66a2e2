// View for a terminal: finished steps scroll past; running steps stay at the bottom with items done, rate and remaining
// time.
import { startOf } from '../../runtime/authoring/text-width.ts';
import type { LetheEvent, StepProgress, StepStarted } from '../../runtime/contracts/events.ts';
import type { Failure } from '../../runtime/contracts/failure.ts';
import type { View } from '../../runtime/contracts/view.ts';
import { describeFinished, describeWarning } from './describe-step.ts';
import { formatSeconds } from './format-number.ts';
import { defineView } from './view-card.ts';
import type { TextStream, ViewSetup } from './view-card.ts';

const REDRAW_MS = 120;
const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
/** Number of columns assumed for a terminal that does not report its size. */
const COLUMNS = 100;
const ROWS = 24;

export const liveView = defineView({
  name: 'live',
  doc: 'finished steps scroll by, running ones stay at the bottom (the default in a terminal)',
  async open(setup: ViewSetup): Promise<View> {
    // The renderer is imported beforehand, because a failure must be on the screen before the next event arrives.
    const { renderFailures } = await import('../../runtime/authoring/render-failure.ts');
    return new LiveView(setup, (failure) =>
      renderFailures([failure], { color: setup.screen.color && setup.err.isTTY === true }),
    );
  },
});

interface Running {
  readonly step: string;
  readonly started: number;
  done: number;
  total: number;
  unit: string;
}

class LiveView implements View {
  private readonly setup: ViewSetup;
  private readonly render: (failure: Failure) => string;
  private readonly running = new Map<string, Running>();
  private readonly timer: NodeJS.Timeout;
  /** Number of lines at the bottom that the next redraw overwrites. */
  private drawn = 0;
  private frame = 0;
  private finished = 0;
  private total = 0;

  constructor(setup: ViewSetup, render: (failure: Failure) => string) {
    this.setup = setup;
    this.render = render;
    this.timer = setInterval(() => this.say('', setup.out), REDRAW_MS);
    // Other output is redirected, because it would be written into the lines that are drawn.
    setup.screen.divert((text) => this.say(text, setup.err));
  }

  onEvent(event: LetheEvent): void {
    const { out, err } = this.setup;
    switch (event.event) {
      case 'run-started':
        this.total = event.steps;
        break;
      case 'step-started':
        this.running.set(event.step, rowOf(event));
        break;
      case 'step-progress':
        advance(this.running.get(event.step), event);
        break;
      case 'step-finished':
        this.running.delete(event.step);
        this.finished += 1;
        if (event.status !== 'cached') this.say(`${describeFinished(event)}\n`, out);
        if (event.failure !== undefined) this.say(this.render(event.failure), err);
        break;
      case 'warning':
        this.say(`${describeWarning(event)}\n`, out);
        break;
      case 'run-finished':
        break;
      default:
        event satisfies never;
    }
  }

  close(): void {
    clearInterval(this.timer);
    this.erase();
    this.setup.screen.divert(undefined);
  }

  /** Writes complete lines above the running steps. */
  private say(text: string, stream: TextStream): void {
    this.erase();
    if (text !== '') stream.write(text);
    this.draw();
  }

  private erase(): void {
    if (this.drawn > 0) this.setup.out.write(`\u001b[${this.drawn}A\u001b[0J`);
    this.drawn = 0;
  }

  private draw(): void {
    if (this.running.size === 0) return;
    const { out } = this.setup;
    this.frame += 1;
    const rows = [...this.running.values()].slice(0, Math.max(1, (out.rows ?? ROWS) - 4));
    const lines = [
      ...rows.map((row) => describeRunning(row, FRAMES[this.frame % FRAMES.length] ?? '')),
      `  ${this.finished} of ${this.total} steps`,
    ];
    // Lines are clipped, because a line that wraps takes two rows, of which `erase` would remove only one.
    out.write(lines.map((line) => `${startOf(line, (out.columns ?? COLUMNS) - 1)}\n`).join(''));
    this.drawn = lines.length;
  }
}

function rowOf({ step, items, at }: StepStarted): Running {
  return { step, started: at, done: 0, total: items ?? 0, unit: items === undefined ? '' : 'items' };
}

function advance(row: Running | undefined, { done, total, unit }: StepProgress): void {
  if (row !== undefined) Object.assign(row, { done, total, unit });
}

function describeRunning(row: Running, frame: string): string {
  const seconds = (Date.now() - row.started) / 1000;
  const parts = [`${frame} ${row.step}`];
  if (row.total > 0) parts.push(`${row.done}/${row.total} ${row.unit}`);
  if (row.done > 0 && seconds > 1) {
    const rate = row.done / seconds;
    parts.push(`${rate.toPrecision(2)}/s`);
    if (row.total > row.done) parts.push(`${formatSeconds((row.total - row.done) / rate)} left`);
  } else if (seconds > 1) parts.push(formatSeconds(seconds));
  return parts.join('  ');
}
