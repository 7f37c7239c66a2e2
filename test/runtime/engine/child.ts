// Starts store-child.ts as a separate process. It is bundled first, because Node 20 cannot execute TypeScript.
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

let bundled: Promise<string> | undefined;

/** Bundles into a folder inside node_modules, so that the packages are found. */
async function bundle(): Promise<string> {
  const folder = fileURLToPath(new URL('../../../node_modules/.cache/lethe-tests/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const outfile = `${folder}store-child-${process.pid}.mjs`;
  await build({
    entryPoints: [fileURLToPath(new URL('../store/store-child.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  });
  return outfile;
}

export interface Child {
  readonly process: ChildProcess;
  /** All lines printed so far. */
  readonly lines: readonly unknown[];
  /** The next line that was not read yet; waits for it if necessary. */
  next(): Promise<Record<string, unknown>>;
  ask(question: unknown): Promise<Record<string, unknown>>;
  /** Kills with SIGKILL; resolves when the process is gone and all its output has been read. */
  kill(): Promise<void>;
  /** Resolves when the process has exited by itself. */
  ended(): Promise<void>;
}

export async function startChild(args: readonly string[], options: SpawnOptions = {}): Promise<Child> {
  const script = await (bundled ??= bundle());
  const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'], ...options });
  const lines: Record<string, unknown>[] = [];
  let taken = 0;
  const wake = new Set<() => void>();
  const reader = createInterface({ input: child.stdout! });
  const closed = Promise.all([once(reader, 'close'), once(child, 'exit')]);
  let over = false;
  reader.on('line', (line) => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
    for (const one of wake) one();
  });
  reader.on('close', () => {
    over = true;
    for (const one of wake) one();
  });
  const next = async (): Promise<Record<string, unknown>> => {
    while (lines.length <= taken) {
      if (over) throw new Error('the child has ended');
      await new Promise<void>((resolve) => wake.add(resolve));
    }
    return lines[taken++]!;
  };
  return {
    process: child,
    lines,
    next,
    ask: (question) => {
      child.stdin!.write(`${JSON.stringify(question)}\n`);
      return next();
    },
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
    ended: async () => {
      child.stdin?.end();
      await closed;
    },
  };
}
