// `--jobs` and `--memory`: how many workers there may be, and what they may hold together.
import { availableParallelism } from 'node:os';
import { parseByteSize } from '../runtime/contracts/byte-size.ts';
import type { Result } from '../runtime/contracts/failure.ts';
import type { Arguments } from './arguments.ts';
import { wholeNumber } from './arguments.ts';

export interface WorkersWanted {
  readonly jobs: number;
  /** Bytes; absent where there is no bound. */
  readonly memory?: number;
}

export function readWorkers(args: Arguments): Result<WorkersWanted> {
  const given = args.values['jobs']?.[0];
  const jobs =
    given === undefined ? { ok: true as const, value: availableParallelism() } : wholeNumber('jobs', given, 1);
  if (!jobs.ok) return jobs;
  const memory = readMemory(args);
  if (!memory.ok) return memory;
  return { ok: true, value: { jobs: jobs.value, ...(memory.value === undefined ? {} : { memory: memory.value }) } };
}

function readMemory(args: Arguments): Result<number | undefined> {
  const said = args.values['memory']?.[0];
  const text = said ?? (process.env['LETHE_MEMORY'] || undefined);
  if (text === undefined) return { ok: true, value: undefined };
  const value = parseByteSize(text);
  if (value !== undefined) return { ok: true, value };
  const failure = {
    reason: 'wrong-use',
    headline: `--memory must be an amount with its unit: ${text === '' ? '""' : text} is none`,
    values: { 'given by': said === undefined ? 'LETHE_MEMORY' : '--memory' },
    help: 'Write 4GiB, 500MB or 2G; units are B, KiB, MiB, GiB, TiB, KB, MB, GB, TB, and K, M, G, T for KiB to TiB.',
  };
  return { ok: false, failures: [failure] };
}
