// Failures of runs: steps that cannot start, results that cannot be recorded, data that cannot be restored.
import type { Words } from '../words.ts';

export const engineFailures = {
  /** A step must be computed, but the cache is read-only, so its result could not be stored. */
  'step-needs-writable-cache': ({ step, cache }: { readonly step: string; readonly cache: string }): Words => ({
    headline: `${step} must be computed, but the cache cannot be written to`,
    values: { cache },
    help: 'Make the folder writable, or name another cache with --cache or LETHE_CACHE.',
  }),
  /** Data that a step reads are damaged or missing and could not be restored by computing them again. */
  'input-lost': ({ step, blobs, producer }: InputLost): Words => ({
    headline: producer
      ? `${step} needs data that could not be restored`
      : `${step} needs data that are damaged or missing, and no earlier result lists them`,
    values: { [blobs.length === 1 ? 'blob' : 'blobs']: blobs.slice(0, 5).join(', ') },
    help: producer
      ? 'Run `lethe cache verify`, then run again.'
      : 'Run again with --force for the step that computes the data.',
  }),
  /** An input file changed after its digest was taken and before the step was finished. */
  'file-changed': ({ step, files }: { readonly step: string; readonly files: readonly string[] }): Words => ({
    headline: `an input file of ${step} changed while the step was running`,
    values: { file: files.join(', ') },
    help: 'Nothing was recorded for this step. Run again when no program writes to the file.',
  }),
  /** The run was interrupted while this step was being computed. */
  interrupted: ({ step }: { readonly step: string }): Words => ({ headline: `${step} was interrupted` }),
  /** The result of a step was computed but could not be written to the cache. `why` is the message of the system. */
  'not-recorded': ({ why }: { readonly why: string }): Words => ({
    headline: `the result could not be stored: ${why}`,
    help: 'Check the cache folder and run again.',
  }),
  /**
   * An item node has nothing to map over: its input has no items, or is not connected. `kind` is absent if it is not
   * connected.
   */
  'no-items': ({ step, node, port, kind }: NoItems): Words => ({
    headline: `${step}: its input ${port} ${kind === undefined ? 'is missing' : 'has no items to map over'}`,
    values: { node, port, ...(kind === undefined ? {} : { kind }) },
    help: 'Connect a data set, or a table that was computed item by item.',
  }),
  /** The input on `port` has no entry for an item that the node maps over. */
  'missing-item': ({ step, node, port, item }: MissingItem): Words => ({
    headline: `${step}: its input ${port} has no entry for an item of the data`,
    values: { node, port, item },
    help: 'All inputs of this step that have items must come from the same data set.',
  }),
} as const;

export interface InputLost {
  readonly step: string;
  readonly blobs: readonly string[];
  /** True if an earlier step wrote the data, so that computing this earlier step again should have restored them. */
  readonly producer: boolean;
}

export interface NoItems {
  readonly step: string;
  readonly node: string;
  readonly port: string;
  readonly kind?: string;
}

export interface MissingItem {
  readonly step: string;
  readonly node: string;
  readonly port: string;
  readonly item: string;
}
