// Where commands print: text for people, JSON lines for programs. Knows whether colours and a live view are wanted.
import type { Failure } from '../runtime/contracts/failure.ts';

export interface Screen {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** A terminal that can redraw lines. */
  readonly live: boolean;
  readonly width: number;
  /** What the user asked for. */
  print(text: string): void;
  /** One JSON value on one line. */
  line(value: unknown): void;
  /** Side remarks for people: to stderr, silent with --quiet and --json. */
  note(text: string): void;
  /** Renders failures and returns the exit code. */
  fail(failures: readonly Failure[], code: number): Promise<number>;
}

export function openScreen(options: { json: boolean; quiet: boolean; color: boolean }): Screen {
  const { json, quiet } = options;
  const wanted = options.color && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
  const color = wanted && (process.stdout.isTTY || (process.env['FORCE_COLOR'] ?? '') !== '');
  const print = (text: string): void => {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  };
  const line = (value: unknown): void => print(JSON.stringify(value));
  return {
    json,
    quiet,
    color,
    live: process.stdout.isTTY && !json && !quiet && process.env['TERM'] !== 'dumb',
    width: process.stdout.columns || 100,
    print,
    line,
    note(text) {
      if (quiet || json) return;
      atOnce(process.stderr);
      process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    async fail(failures, code) {
      const render = await import('../runtime/authoring/render-failure.ts');
      if (json) for (const failure of failures) line({ event: 'failure', ...render.failureJson(failure) });
      else process.stderr.write(render.renderFailures(failures, { color: color && process.stderr.isTTY }));
      return code;
    },
  };
}

/** What is written in this turn goes out together: thousands of steps would cost a system call each. */
function atOnce(stream: NodeJS.WriteStream): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}
