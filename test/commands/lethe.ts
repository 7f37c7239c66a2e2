// Executes the built command line in a temporary folder, as a user would.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Events from the lines of `--json`. */
  readonly events: readonly Record<string, any>[]; // eslint-disable-line @typescript-eslint/no-explicit-any -- JSON of a program
}

export interface Project {
  readonly folder: string;
  write(name: string, text: string | Uint8Array): string;
  lethe(...args: readonly string[]): Promise<Outcome>;
  /** Executes `run --json`; the outcome includes the `run-finished` event. */
  run(...args: readonly string[]): Promise<Outcome & { readonly finished: Record<string, any> }>; // eslint-disable-line @typescript-eslint/no-explicit-any -- JSON of a program
  [Symbol.dispose](): void;
}

export function openProject(env: Readonly<Record<string, string>> = {}): Project {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-project-'));
  const lethe = (...args: readonly string[]): Promise<Outcome> => runLethe(args, { cwd: folder, env });
  return {
    folder,
    write(name, text) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    lethe,
    async run(...args) {
      const outcome = await lethe('run', ...args, '--json');
      const finished = outcome.events.at(-1);
      if (finished?.['event'] !== 'run-finished')
        throw new Error(`no run-finished event:\n${outcome.stdout}\n${outcome.stderr}`);
      return { ...outcome, finished };
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function runLethe(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Outcome> {
  const env: NodeJS.ProcessEnv = { ...process.env, ...options.env };
  if (options.env?.['LETHE_CACHE'] === undefined) delete env['LETHE_CACHE'];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [CLI, ...args],
      { cwd: options.cwd, env, maxBuffer: 1 << 28 },
      (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : 128;
        resolve({ code, stdout, stderr, events: jsonLines(stdout) });
      },
    );
  });
}

function jsonLines(text: string): Outcome['events'] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Record<string, unknown>];
      } catch {
        return [];
      }
    });
}
