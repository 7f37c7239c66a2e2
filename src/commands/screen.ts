// The output of commands: text for people, JSON lines for programs; with or without colours and a live view.
import type { Failure } from '../runtime/contracts/failure.ts';

export interface Screen {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** A terminal that can redraw lines. */
  readonly live: boolean;
  readonly width: number;
  /** Prints output that the user asked for, to stdout. */
  print(text: string): void;
  /** Prints one JSON value on one line. */
  line(value: unknown): void;
  /** Prints a remark for people to stderr; silent with --quiet and --json. */
  note(text: string): void;
  /** Renders failures and returns `code`, the exit code. */
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
      together(process.stderr);
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

/** Writes the lines of one turn together: thousands of steps would take a system call each. */
function together(stream: NodeJS.WriteStream): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}
