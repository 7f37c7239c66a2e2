// How a bound on memory (`--memory`) is divided among worker processes.
import { availableParallelism } from 'node:os';
import { RESIDENT_BYTES } from './backend-names.ts';
import { failure } from './failure.ts';
import type { Result } from './failure.ts';
import { SETTINGS, variableText } from './settings.ts';

/** A second worker is started only if every worker then has this much to compute in. */
const LEAST_TASK_BYTES = 192 * 2 ** 20;

export interface WorkersRequest {
  /** Workers wanted; as many as there are cores if left out. */
  readonly jobs?: number;
  /** Bytes that all worker processes may hold together; no bound if left out. */
  readonly memory?: number;
  /** Name of the tensor backend; LETHE_BACKEND if left out. */
  readonly backend?: string;
}

export interface Workers {
  /** Number of workers: as many as wanted, or as memory allows. */
  readonly jobs: number;
  /** Number of workers wanted. */
  readonly wanted: number;
  /** Where memory is bounded. */
  readonly shares?: MemoryShares;
}

export interface MemoryShares {
  /** Bytes of resident set for each worker. */
  readonly share: number;
  /** Part of the share that a task may use, beyond what the worker itself takes. */
  readonly task: number;
}

/** Chooses the number of workers and what each may hold. Fails with `too-little-memory` where not even one fits. */
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

/** Resident set of a worker on this backend; of the largest one where it is not known which will be used (`auto`). */
function residentBytes(backend = ''): number {
  const known: Readonly<Record<string, number>> = RESIDENT_BYTES;
  return known[backend] ?? Math.max(...Object.values(known));
}
