// Description of a worker process that ended unexpectedly: its exit code or signal, its last lines, its memory.
import { failure } from '../contracts/failure.ts';
import type { Failure } from '../contracts/failure.ts';
import type { Task } from './task.ts';

export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Last lines that the process printed. */
  readonly lines: readonly string[];
  /** Largest resident set seen during the task, in bytes. */
  readonly peak?: number;
}

const OUT_OF_MEMORY = /out of memory|heap limit|bad_alloc|allocation failed|cannot allocate memory|ENOMEM/i;

/**
 * Describes the end of a worker as a failure. `task` is the task that it was carrying out; undefined if it was idle.
 */
export function describeExit(exit: WorkerExit, task?: Task): Failure {
  const { code, signal, lines, peak } = exit;
  const ended = signal ? `signal ${signal}` : code === null ? 'it did not start' : `exit code ${code}`;
  const reason = OUT_OF_MEMORY.test(lines.join('\n')) ? 'out-of-memory' : 'worker-died';
  const data = { node: task?.node ?? 'a node', ended, lines: lines.slice(-5), ...(peak === undefined ? {} : { peak }) };
  return failure(reason, data, task ? { step: task.step } : {});
}
