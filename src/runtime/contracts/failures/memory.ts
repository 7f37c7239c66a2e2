// The bound on memory.
import { formatBytes } from '../byte-size.ts';
import type { Words } from '../words.ts';

export const memoryFailures = {
  /** Not even one worker process fits into the bound. All numbers are bytes; `enough` suffices for one worker. */
  'too-little-memory': ({ memory, base, enough }: TooLittleMemory): Words => ({
    headline: `a memory of ${formatBytes(memory)} is too small for a worker process`,
    values: { 'a worker takes': `about ${formatBytes(base)} before it computes anything` },
    help: `Raise --memory (or LETHE_MEMORY), for example to ${formatBytes(enough)}. It bounds all workers together.`,
  }),
} as const;

export interface TooLittleMemory {
  readonly memory: number;
  readonly base: number;
  readonly enough: number;
}
