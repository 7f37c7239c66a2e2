// Failures of runs: steps that cannot start or cannot be recorded, data that cannot be restored, names of steps that do not exist.
import type { Words } from '../words.ts';

export const engineFailures = {
  /** A step must be computed, and its result could not be kept. */
  'step-needs-writable-cache': ({ step, cache }: { readonly step: string; readonly cache: string }): Words => ({
    headline: `${step} must be computed, but the cache cannot be written`,
    values: { cache },
    help: 'Make the folder writable, or name another cache with --cache or LETHE_CACHE.',
  }),
  /** Data that a step reads are damaged or gone, and computing them again did not bring them back. */
  'input-lost': ({ step, blobs, producer }: InputLost): Words => ({
    headline: producer
      ? `${step} needs data that could not be restored`
      : `${step} needs data that are damaged or gone, and no earlier step makes them`,
    values: { [blobs.length === 1 ? 'blob' : 'blobs']: blobs.slice(0, 5).join(', ') },
    help: producer
      ? 'Run `lethe cache verify`, then run again.'
      : 'Run again with --force for the step that makes the data.',
  }),
  /** A file that a step reads changed between the digest of its content and the end of the step. */
  'file-changed': ({ step, files }: { readonly step: string; readonly files: readonly string[] }): Words => ({
    headline: `a file of ${step} changed while the step was running`,
    values: { file: files.join(', ') },
    help: 'Nothing was recorded for this step. Run again once the file stays as it is.',
  }),
  /** The run was interrupted while this step was being computed. */
  interrupted: ({ step }: { readonly step: string }): Words => ({ headline: `${step} was interrupted` }),
  /** The result of a step was computed and could not be written to the cache. `why` is the message of the system. */
  'not-recorded': ({ why }: { readonly why: string }): Words => ({
    headline: `the result could not be stored: ${why}`,
    help: 'Check the cache folder and run again.',
  }),
  /** An item node has nothing to map over: its input is absent (`kind` is absent too), or is one without items. */
  'no-items': ({ step, node, port, kind }: NoItems): Words => ({
    headline: `${step}: its input ${port} ${kind === undefined ? 'is missing' : 'has no items to map over'}`,
    values: { node, port, ...(kind === undefined ? {} : { kind }) },
    help: 'Connect a data set, or a table that was made item by item.',
  }),
  /** Two inputs of an item node have different items. */
  'missing-item': ({ step, node, port, item }: MissingItem): Words => ({
    headline: `${step}: its input ${port} has no entry for an item of the data`,
    values: { node, port, item },
    help: 'Both inputs must be made from the same data set.',
  }),
} as const;

export interface InputLost {
  readonly step: string;
  readonly blobs: readonly string[];
  /** An earlier step makes the data. */
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
