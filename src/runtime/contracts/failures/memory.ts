// Failures of the memory bound (`--memory`).
import { formatBytes } from '../byte-size.ts';
import type { Words } from '../words.ts';

export const memoryFailures = {
  /**
   * The bound is too small for even one worker process. All numbers are bytes: `memory` is the bound, `base` the memory
   * of an idle worker, and `enough` a bound that suffices for one worker.
   */
  'too-little-memory': ({ memory, base, enough }: TooLittleMemory): Words => ({
    headline: `the memory bound of ${formatBytes(memory)} is too small for one worker process`,
    values: { 'a worker takes': `about ${formatBytes(base)} before its first computation` },
    help: `Raise --memory (or LETHE_MEMORY), for example to ${formatBytes(enough)}. The bound is for all workers together.`,
  }),
} as const;

export interface TooLittleMemory {
  readonly memory: number;
  readonly base: number;
  readonly enough: number;
}
