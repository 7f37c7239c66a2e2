// Division of the memory bound (`--memory`) among worker processes.
import { availableParallelism } from 'node:os';
import { RESIDENT_BYTES } from './backend-names.ts';
import { failure } from './failure.ts';
import type { Result } from './failure.ts';
import { SETTINGS, variableText } from './settings.ts';

/**
 * Least memory in bytes for the tasks of a worker, in addition to the worker's own resident set. More than one worker
 * is started only if every worker has this much.
 */
const LEAST_TASK_BYTES = 192 * 2 ** 20;

export interface WorkersRequest {
  /** Number of workers wanted. Default: the number of cores. */
  readonly jobs?: number;
  /** Bytes that all worker processes together may hold. Default: no bound. */
  readonly memory?: number;
  /** Name of the tensor backend. Default: LETHE_BACKEND. */
  readonly backend?: string;
}

export interface Workers {
  /** Number of workers: the number wanted, or fewer if memory allows no more. */
  readonly jobs: number;
  /** Number of workers wanted. */
  readonly wanted: number;
  /** Memory of each worker; absent without a bound. */
  readonly shares?: MemoryShares;
}

export interface MemoryShares {
  /** Resident set allowed for each worker, in bytes. */
  readonly share: number;
  /** Part of the share, in bytes, that a task may use in addition to the worker's own resident set. */
  readonly task: number;
}

/** Chooses the number of workers and the memory of each. Fails with `too-little-memory` if not even one worker fits. */
export function chooseWorkers({ jobs, memory, backend }: WorkersRequest): Result<Workers> {
  const wanted = Math.max(1, jobs ?? availableParallelism());
  if (memory === undefined) return { ok: true, value: { jobs: wanted, wanted } };
  const base = residentBytes(backend ?? variableText(SETTINGS.backend));
  if (memory < base) {
    const enough = base + LEAST_TASK_BYTES;
    return { ok: false, failures: [failure('too-little-memory', { memory, base, enough })] };
  }
  const workers = Math.max(1, Math.min(wanted, Math.floor(memory / (base + LEAST_TASK_BYTES))));
  const share = Math.floor(memory / workers);
  return { ok: true, value: { jobs: workers, wanted, shares: { share, task: share - base } } };
}

/**
 * Resident set of a worker with this backend, in bytes. For `auto`, the largest resident set of all backends is taken,
 * because the backend is not known yet.
 */
function residentBytes(backend = ''): number {
  const known: Readonly<Record<string, number>> = RESIDENT_BYTES;
  return known[backend] ?? Math.max(...Object.values(known));
}
