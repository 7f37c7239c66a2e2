// A whole `lethe run` with the times of all kernels of its workers, and its results.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBackends } from '../src/compute/find-backends.ts';
import type { KernelTime } from '../src/compute/kernel-profile.ts';
import type { Command } from './measure.ts';
import { time } from './measure.ts';
import { lethe } from './projects.ts';

/**
 * Environment in which each worker computes with one thread. The kernel times of a worker therefore do not overlap, and
 * their sum is at most the time of the run.
 */
export const ONE_THREAD = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' } as const;

/** Fastest available backend that computes on the CPU. */
export function processorBackend(): string {
  return findBackends().find((name) => name !== 'webgpu')!;
}

export interface ProfiledRun {
  readonly seconds: number;
  readonly workers: number;
  /** Times of the kernels over all workers, slowest first. */
  readonly kernels: readonly KernelTime[];
  /** Fraction of `workers * seconds` that passed outside kernels. */
  readonly outside: number;
}

export interface RunOptions {
  readonly backend: string;
  readonly workers: number;
  /** Arguments after `lethe run`: file, steps, parameters. */
  readonly args: readonly string[];
}

/** Executes the run in `folder`, which also contains the cache. */
export function profiledRun(folder: string, { backend, workers, args }: RunOptions): ProfiledRun {
  const profile = mkdtempSync(join(folder, 'profile-'));
  const run = lethe(folder, 'run', ...args, '--backend', backend, '--jobs', String(workers));
  const seconds = time({ ...run, env: { ...run.env, ...ONE_THREAD, LETHE_PROFILE: profile } });
  const kernels = sumOf(
    readdirSync(profile).flatMap((name) => JSON.parse(readFileSync(join(profile, name), 'utf8')) as KernelTime[]),
  );
  const inKernels = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000;
  return { seconds, workers, kernels, outside: 1 - inKernels / (workers * seconds) };
}

function sumOf(times: readonly KernelTime[]): readonly KernelTime[] {
  const sums = new Map<string, KernelTime>();
  for (const { kernel, calls, milliseconds } of times) {
    const sum = sums.get(kernel) ?? { kernel, calls: 0, milliseconds: 0 };
    sums.set(kernel, { kernel, calls: sum.calls + calls, milliseconds: sum.milliseconds + milliseconds });
  }
  return [...sums.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}

/** Rows of a cached step, over all points of its sweep. */
export function rowsOf<Row>(folder: string, step: string, args: readonly string[]): readonly Row[] {
  return outputOf(lethe(folder, 'show', args[0]!, step, ...args.slice(1), '--format', 'json'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

/** Executes a command and returns its standard output. */
export function outputOf({ argv: [program, ...args], cwd, env }: Command): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
    ...(cwd !== undefined && { cwd }),
  });
}
