// Garbage collection: drops old results, and blobs that no result, run or trace refers to. Everything that is dropped
// can be computed again. Blobs that a living process still works on are kept.
import type { Digest, Key } from '../contracts/artifact.ts';
import { FRESH_SECONDS } from './blob-files.ts';
import { isDigest } from '../contracts/keys.ts';
import { ReferenceGraph, digestsOf } from './references.ts';
import type { DocTable, ResultRecord, Store, StoredBlob } from './store.ts';

export interface CollectOptions {
  /**
   * Age in days from which results are dropped, unless a trace or a run younger than this refers to them. Default: no
   * result is dropped for its age.
   */
  readonly keepDays?: number;
  /**
   * Size in bytes into which the results must fit. The oldest results are dropped until the rest fits, even if traces
   * or runs refer to them.
   */
  readonly maxBytes?: number;
  /**
   * Time in seconds for which an unreferenced blob is kept after its last put, because it may be part of a result that
   * is not recorded yet.
   */
  readonly graceSeconds?: number;
  readonly dryRun?: boolean;
}

export interface Collected {
  readonly results: number;
  readonly blobs: number;
  readonly bytes: number;
}

const GRACE_SECONDS = 300;
/** Tables of documents that contain roots: keys of results, and digests of artifacts and checkpoints. */
const ROOT_TABLES: readonly DocTable[] = ['traces', 'runs', 'checkpoints'];

export async function collectGarbage(store: Store, options: CollectOptions = {}): Promise<Collected> {
  const { dryRun = false, graceSeconds = GRACE_SECONDS } = options;
  const now = Date.now() / 1000;
  const lease = await store.contents.oldestLease();
  // Blobs put since the start of the oldest lease are kept. A put does not update the time of a blob that was put less
  // than FRESH_SECONDS before, so the cutoff is FRESH_SECONDS before the start of the lease.
  const cutoff = Math.min(now - graceSeconds, (lease ?? Infinity) - FRESH_SECONDS - 1);
  const blobs = groupBlobs(store);
  const graph = new ReferenceGraph(store);
  const results = [...store.contents.results()];
  const kept = await chooseResults(store, { results, graph, options, blobs });
  const live = await graph.reach([...kept.flatMap(({ record }) => digestsOf(record)), ...rootDigests(store, options)]);
  // Results of items are kept as long as a table with their rows is kept.
  const staying = new Set(kept.map(({ key }) => key));
  if (options.maxBytes === undefined) {
    for (const { key, record } of results) if (isItemIn(live, record)) staying.add(key);
  }
  const dropped = results.filter(({ key }) => !staying.has(key));
  const garbage = [...blobs.values()].flat().filter(({ digest, touched }) => !live.has(digest) && touched < cutoff);
  if (dryRun)
    return {
      results: dropped.length,
      blobs: garbage.length,
      bytes: garbage.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  // Results are removed before blobs: a result without its blobs would be wrong, a blob without a result only takes
  // space.
  if (dropped.length > 0) await store.contents.removeResults(dropped.map(({ key }) => key));
  const removed = await store.contents.removeBlobs(garbage);
  const swept = store.contents.sweepLeftovers();
  return { results: dropped.length, blobs: removed.blobs, bytes: removed.bytes + swept };
}

function isItemIn(live: ReadonlySet<Digest>, record: ResultRecord | undefined): boolean {
  const rows = record?.outputs['rows'];
  return rows?.kind === 'rows' && live.has(rows.digest);
}

type Entry = { readonly key: Key; readonly record: ResultRecord | undefined };

interface Choice {
  readonly results: readonly Entry[];
  readonly graph: ReferenceGraph;
  readonly options: CollectOptions;
  readonly blobs: ReadonlyMap<Digest, readonly StoredBlob[]>;
}

async function chooseResults(store: Store, { results, graph, options, blobs }: Choice): Promise<readonly Entry[]> {
  const named = rootDigests(store, options) as ReadonlySet<string>;
  const since = options.keepDays === undefined ? '' : isoDaysAgo(options.keepDays);
  const kept = results.filter(({ key, record }) => record && (record.finished >= since || named.has(key)));
  if (options.maxBytes === undefined) return kept;
  const newestFirst = [...kept].sort((a, b) => ((a.record?.finished ?? '') < (b.record?.finished ?? '') ? 1 : -1));
  const within: Entry[] = [];
  const counted = new Set<Digest>();
  let bytes = 0;
  for (const entry of newestFirst) {
    for (const digest of await graph.reach(digestsOf(entry.record))) {
      if (counted.has(digest)) continue;
      counted.add(digest);
      for (const blob of blobs.get(digest) ?? []) bytes += blob.bytes;
    }
    if (bytes > options.maxBytes) break;
    within.push(entry);
  }
  return within;
}

function isoDaysAgo(days: number): string {
  return new Date(Date.now() - days * 24 * 3600 * 1000).toISOString();
}

/**
 * All digests and keys in traces, checkpoints and runs. Runs older than `keepDays` are left out. If `maxBytes` is
 * given, traces and all runs are left out too.
 */
function rootDigests(store: Store, { keepDays, maxBytes }: CollectOptions): ReadonlySet<Digest> {
  const found = new Set<Digest>();
  const since = keepDays === undefined ? '' : isoDaysAgo(keepDays);
  for (const table of ROOT_TABLES) {
    if (maxBytes !== undefined && table !== 'checkpoints') continue;
    for (const { value } of store.docs<{ readonly started?: string; readonly finished?: string } | null>(table)) {
      const when = value?.finished ?? value?.started;
      if (table === 'runs' && typeof when === 'string' && when < since) continue;
      collectDigests(value, found);
    }
  }
  return found;
}

function collectDigests(value: unknown, into: Set<Digest>): void {
  if (isDigest(value)) into.add(value);
  else if (Array.isArray(value)) for (const entry of value) collectDigests(entry, into);
  else if (typeof value === 'object' && value !== null)
    for (const entry of Object.values(value)) collectDigests(entry, into);
}

function groupBlobs(store: Store): ReadonlyMap<Digest, readonly StoredBlob[]> {
  const blobs = new Map<Digest, StoredBlob[]>();
  for (const blob of store.contents.blobs()) {
    const copies = blobs.get(blob.digest);
    if (copies) copies.push(blob);
    else blobs.set(blob.digest, [blob]);
  }
  return blobs;
}
