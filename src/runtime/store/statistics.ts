// Statistics of a store: numbers and sizes of its results and blobs.
import type { Store } from './store.ts';

export interface StoreStatistics {
  /** Results of steps and of items. */
  readonly results: number;
  readonly itemResults: number;
  readonly blobs: number;
  readonly blobBytes: number;
  /** Number of blobs stored as files. */
  readonly files: number;
  readonly fileBytes: number;
  readonly runs: number;
  /** Size of the index on disk. It contains results, documents and small blobs; its free pages are reused. */
  readonly indexBytes: number;
  /** Approximate size of the folder on disk. */
  readonly totalBytes: number;
  /** ISO times of the oldest and newest result. */
  readonly oldest: string | null;
  readonly newest: string | null;
}

export function storeStatistics(store: Store): Promise<StoreStatistics> {
  let results = 0;
  let itemResults = 0;
  let oldest: string | null = null;
  let newest: string | null = null;
  for (const { record } of store.contents.results()) {
    if (!record) continue;
    if (record.outputs['rows']?.kind === 'rows') itemResults++;
    else results++;
    if (oldest === null || record.finished < oldest) oldest = record.finished;
    if (newest === null || record.finished > newest) newest = record.finished;
  }
  const counts = { blobs: 0, blobBytes: 0, files: 0, fileBytes: 0 };
  for (const { path, bytes } of store.contents.blobs()) {
    counts.blobs++;
    counts.blobBytes += bytes;
    if (path === null) continue;
    counts.files++;
    counts.fileBytes += bytes;
  }
  const runs = [...store.docs('runs')].length;
  const indexBytes = store.contents.indexBytes();
  return Promise.resolve({
    results,
    itemResults,
    ...counts,
    runs,
    indexBytes,
    totalBytes: indexBytes + counts.fileBytes,
    oldest,
    newest,
  });
}
