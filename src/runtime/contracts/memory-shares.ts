// How a bound on memory (`--memory`) is shared out among worker processes.
import { availableParallelism } from 'node:os';
import { formatBytes } from './byte-size.ts';
import type { Failure, Result } from './failure.ts';

const MIB = 2 ** 20;
/**
 * Resident set of a worker that has loaded its tensor library and computed once, rounded up. Measured: 290 MiB with TensorFlow,
 * 95 MiB with wasm and cpu. Any other name (`auto` too) may turn out to be TensorFlow.
 */
const BASE_BYTES: Readonly<Record<string, number>> = { wasm: 128 * MIB, cpu: 128 * MIB };
const LARGEST_BASE_BYTES = 320 * MIB;
/** A second worker is started only if every worker then has this much to compute in. */
const LEAST_TASK_BYTES = 192 * MIB;

export interface WorkersRequest {
  /** Workers wanted; as many as there are cores if left out. */
  readonly jobs?: number;
  /** Bytes that all worker processes may hold together; no bound if left out. */
  readonly memory?: number;
  /** Name of the tensor backend; LETHE_BACKEND if left out. */
  readonly backend?: string;
}

export interface Workers {
  /** How many: as many as wanted, or as memory allows. */
  readonly jobs: number;
  /** How many were wanted. */
  readonly wanted: number;
  /** Where memory is bounded. */
  readonly shares?: MemoryShares;
}

export interface MemoryShares {
  /** Bytes of resident set for each worker. */
  readonly share: number;
  /** Bytes of it that a task may use beyond what the worker itself takes. */
  readonly task: number;
}

/** How many workers there are, and what each may hold. Fails with `too-little-memory` where not even one fits. */
export function chooseWorkers({ jobs, memory, backend }: WorkersRequest): Result<Workers> {
  const wanted = Math.max(1, jobs ?? availableParallelism());
  if (memory === undefined) return { ok: true, value: { jobs: wanted, wanted } };
  const base = BASE_BYTES[backend ?? process.env['LETHE_BACKEND'] ?? ''] ?? LARGEST_BASE_BYTES;
  if (memory < base) return { ok: false, failures: [tooSmall(memory, base)] };
  const workers = Math.max(1, Math.min(wanted, Math.floor(memory / (base + LEAST_TASK_BYTES))));
  const share = Math.floor(memory / workers);
  return { ok: true, value: { jobs: workers, wanted, shares: { share, task: share - base } } };
}

function tooSmall(memory: number, base: number): Failure {
  return {
    reason: 'too-little-memory',
    headline: `a memory of ${formatBytes(memory)} is too small for a worker process`,
    values: { 'a worker takes': `about ${formatBytes(base)} before it computes anything` },
    help: `Give --memory (or LETHE_MEMORY) more: ${formatBytes(base + LEAST_TASK_BYTES)} is a start. It is for all workers together.`,
  };
}
