// `--jobs` and `--memory`: the number of workers, and the memory bound for all of them together.
import { availableParallelism } from 'node:os';
import type { Result } from '../runtime/contracts/failure.ts';
import { SETTINGS, readSetting } from '../runtime/contracts/settings.ts';
import type { Arguments } from './arguments.ts';
import { wholeNumber } from './arguments.ts';

export interface WorkersWanted {
  readonly jobs: number;
  /** Memory bound in bytes; absent if there is none. */
  readonly memory?: number;
}

export function readWorkers(args: Arguments): Result<WorkersWanted> {
  const given = args.values['jobs']?.[0];
  const jobs =
    given === undefined ? { ok: true as const, value: availableParallelism() } : wholeNumber('jobs', given, 1);
  if (!jobs.ok) return jobs;
  const memory = readSetting(SETTINGS.memory, args.values['memory']?.[0]);
  if (!memory.ok) return memory;
  return { ok: true, value: { jobs: jobs.value, ...(memory.value === undefined ? {} : { memory: memory.value }) } };
}
