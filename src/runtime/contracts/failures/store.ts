// Failures of the cache folder, and of input files while their digest is computed.
import type { Words } from '../words.ts';

export const storeFailures = {
  /** The cache must be written to, but its folder or file system is read-only. */
  'cache-read-only': ({ cache }: { readonly cache: string }): Words => ({
    headline: 'the cache folder cannot be written to',
    values: { cache },
    help: 'Make the folder writable, or name another one with --cache or LETHE_CACHE.',
  }),
  /** The cache has a format that this version of Lethe does not know yet. */
  'cache-newer': ({ cache, format, lethe, known }: NewerCache): Words => ({
    headline: 'the cache was written by a newer version of Lethe',
    values: { cache, 'its format': `${format} (Lethe ${lethe})`, 'format known here': known },
    help: 'Update Lethe, or name another folder with --cache or LETHE_CACHE.',
  }),
  /** The folder contains files that are not a cache. `why` names the evidence. */
  'not-a-cache': ({ cache, why }: CacheProblem): Words => ({
    headline: `this folder is not a Lethe cache: ${why}`,
    values: { cache },
    help: 'Name an empty or new folder with --cache or LETHE_CACHE.',
  }),
  /** The index file is truncated or its pages are damaged. */
  'cache-damaged': ({ cache, why }: CacheProblem): Words => ({
    headline: 'the index of the cache is damaged and cannot be read',
    values: { cache, why },
    help: 'Delete the folder: everything in it can be computed again.',
  }),
  /** The cache cannot be opened because of another error of the system. `why` is the message of the system. */
  'cache-unusable': ({ cache, why }: CacheProblem): Words => ({
    headline: 'the cache folder cannot be opened',
    values: { cache, why },
    help: 'Name another folder with --cache or LETHE_CACHE.',
  }),
  /** A blob of a recorded result is damaged or missing. */
  'blob-missing': ({ blob, cache }: { readonly blob: string; readonly cache: string }): Words => ({
    headline: 'a part of an earlier result is missing from the cache',
    values: { blob, cache },
    help: 'Run the pipeline again: it computes the missing part.',
  }),
  /** A file named in params changed each time it was read. */
  'file-changing': ({ path }: { readonly path: string }): Words => ({
    headline: `${path} changes while it is read`,
    values: { path },
    help: 'Run again when no program writes to it.',
  }),
} as const;

export interface CacheProblem {
  readonly cache: string;
  readonly why: string;
}

export interface NewerCache {
  readonly cache: string;
  /** Number of the cache's format. */
  readonly format: number;
  /** Version of Lethe that wrote the cache. */
  readonly lethe: string;
  /** Highest format that this version of Lethe knows. */
  readonly known: number;
}
