// Screen on which commands print: text for people, JSON lines for programs. It decides about colours and a live view.
import type { Failure } from '../runtime/contracts/failure.ts';

export interface Screen {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** True for a terminal that can redraw lines. */
  readonly live: boolean;
  readonly width: number;
  /** Prints requested output to stdout. */
  print(text: string): void;
  /** Prints one JSON value on one line. */
  line(value: unknown): void;
  /** Prints remarks for people to stderr; silent with --quiet and --json. */
  note(text: string): void;
  /** Prints text to stderr even with --quiet, for failures. */
  alert(text: string): void;
  /**
   * Redirects remarks and failures to `write`, because a live view controls the last lines of the terminal. Undefined
   * directs them to stderr again.
   */
  divert(write: ((text: string) => void) | undefined): void;
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
  let diverted: ((text: string) => void) | undefined;
  const remark = (text: string): void => {
    if (diverted !== undefined) diverted(text);
    else process.stderr.write(text);
  };
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
      if (diverted === undefined) together(process.stderr);
      remark(text.endsWith('\n') ? text : `${text}\n`);
    },
    alert: remark,
    divert(write) {
      diverted = write;
    },
    async fail(failures, code) {
      if (json) {
        const { failureJson } = await import('./view/failure-json.ts');
        for (const failure of failures) line({ event: 'failure', ...failureJson(failure) });
      } else {
        const { renderFailures } = await import('../runtime/authoring/render-failure.ts');
        remark(renderFailures(failures, { color: color && process.stderr.isTTY }));
      }
      return code;
    },
  };
}

/**
 * Collects everything written within one turn of the event loop into one system call. Thousands of steps would
 * otherwise cost one call each.
 */
function together(stream: NodeJS.WriteStream): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}
