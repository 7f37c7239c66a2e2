// Timings as ratios: two commands alternate within one run, so that both are affected by the same noise of the machine.
import { spawnSync } from 'node:child_process';
import type { SpawnSyncOptions } from 'node:child_process';

export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** One line of the report. With `limit` null, the value is only reported. */
export interface Measurement {
  readonly bench: string;
  readonly ratio: number;
  readonly limit: number | null;
  readonly holds: boolean;
  /** Description for people: what was measured, with units. */
  readonly note: string;
}

export function atMost(bench: string, ratio: number, limit: number, note: string): Measurement {
  return { bench, ratio: round(ratio), limit, holds: ratio <= limit, note };
}

export function atLeast(bench: string, ratio: number, limit: number, note: string): Measurement {
  return { bench, ratio: round(ratio), limit, holds: ratio >= limit, note };
}

export function reported(bench: string, ratio: number, note: string): Measurement {
  return { bench, ratio: round(ratio), limit: null, holds: true, note };
}

export function line({ bench, ratio, limit, holds, note }: Measurement): string {
  const verdict = limit === null ? 'reported' : `${holds ? 'holds' : 'MISSED'}, limit ${limit}`;
  return `${bench.padEnd(22)} ${String(ratio).padStart(9)}  (${verdict})  ${note}`;
}

const round = (value: number): number => Number(value.toPrecision(4));

/** Wall-clock seconds of one execution. A command that fails ends the bench. */
export function time({ argv, cwd, env }: Command): number {
  const [file, ...args] = argv;
  const options: SpawnSyncOptions = {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
  };
  const start = process.hrtime.bigint();
  const done = spawnSync(file, args, cwd === undefined ? options : { ...options, cwd });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  if (done.status !== 0)
    throw new Error(
      `${argv.join(' ')} ended with ${done.status ?? done.signal ?? '?'}: ${String(done.stderr).slice(-2000)}`,
    );
  return seconds;
}

/**
 * Returns the median over `rounds` of seconds(a) / seconds(b), and the median seconds of each command. Both commands
 * are executed in every round, in alternating order, after one warm-up each.
 */
export function pairedRatio(a: Command, b: Command, rounds: number): { ratio: number; a: number; b: number } {
  time(a);
  time(b);
  const pairs = Array.from({ length: rounds }, (_, round) => {
    if (round % 2 === 0) {
      const first = time(a);
      return { a: first, b: time(b) };
    }
    const second = time(b);
    return { a: time(a), b: second };
  });
  return {
    ratio: median(pairs.map((pair) => pair.a / pair.b)),
    a: median(pairs.map((pair) => pair.a)),
    b: median(pairs.map((pair) => pair.b)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
