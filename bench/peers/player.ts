// Process of one side in a race, which computes with Lethe or PyTorch. It answers each request with one JSON line, and
// uses no processor time between requests.
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { root } from '../../scripts/prepare.mjs';
import { NODE } from '../projects.ts';

export interface Request {
  readonly do: string;
  readonly [option: string]: unknown;
}

export class Player {
  readonly name: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, argv: readonly [string, ...string[]], env: Readonly<Record<string, string>>) {
    this.name = name;
    const [file, ...args] = argv;
    const options = { cwd: root, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] as const };
    this.#process = spawn(file, args, { ...options, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Sends a request and waits for the answer. @throws Error if the process ends instead */
  async ask<T>(request: Request): Promise<T> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await this.#lines.next();
    if (line.done === true) throw new Error(`${this.name} ended instead of answering "${request.do}"`);
    return JSON.parse(line.value) as T;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    this.#process.stdin.end();
    await once(this.#process, 'exit');
  }
}

/** Starts a process that computes with Lethe on `backend`. */
export function lethePlayer(backend: string, threads: number): Player {
  const script = join('bench', 'peers', 'lethe-player.ts');
  return new Player(`lethe on ${backend}`, [NODE, join(root, 'scripts', 'run-ts.mjs'), script], {
    ...threadLimits(threads),
    LETHE_BACKEND: backend,
    TF_CPP_MIN_LOG_LEVEL: '3',
  });
}

export function pytorchPlayer(python: string, threads: number): Player {
  const script = join(root, 'bench', 'peers', 'player.py');
  return new Player('PyTorch', [python, script], { ...threadLimits(threads), PYTHONDONTWRITEBYTECODE: '1' });
}

function threadLimits(threads: number): Record<string, string> {
  const names = ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS'];
  return Object.fromEntries(names.map((name) => [name, String(threads)]));
}
