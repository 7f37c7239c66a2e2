// Statistics of a store: numbers and sizes of its results and blobs.
import type { Store } from './store.ts';

export interface StoreStatistics {
  /** Number of results of steps. */
  readonly results: number;
  /** Number of results of items. */
  readonly itemResults: number;
  /** Number of copies of blobs, in the index or as files. */
  readonly blobs: number;
  readonly blobBytes: number;
  /** Number of blobs stored as files. */
  readonly files: number;
  readonly fileBytes: number;
  readonly runs: number;
  /** Size of the index file, which contains results, documents and small blobs. Its free pages are reused. */
  readonly indexBytes: number;
  /** Approximate size of the folder on disk. */
  readonly totalBytes: number;
  /** ISO time of the oldest result; null if there is no result. */
  readonly oldest: string | null;
  /** ISO time of the newest result; null if there is no result. */
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
