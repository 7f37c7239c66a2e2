// Garbage collection: drops old results, and blobs that no result, run or trace needs any more. Whatever it drops can be computed
// again. Blobs that a living process is still working on stay.
import type { Digest, Key } from '../contracts/artifact.ts';
import { FRESH_SECONDS } from './blob-files.ts';
import { isDigest } from '../contracts/keys.ts';
import { ReferenceGraph, digestsOf } from './references.ts';
import type { DocTable, ResultRecord, Store, StoredBlob } from './store.ts';

export interface CollectOptions {
  /** Results that are older, and that no trace or later run names, are dropped. Without it all results stay. */
  readonly keepDays?: number;
  /** Drops the oldest results until what is left fits, even if traces or runs name them. */
  readonly maxBytes?: number;
  /** Blobs put this recently stay although nothing needs them: they may be part of a result to come. */
  readonly graceSeconds?: number;
  readonly dryRun?: boolean;
}

export interface Collected {
  readonly results: number;
  readonly blobs: number;
  readonly bytes: number;
}

const GRACE_SECONDS = 300;
/** Tables of documents whose digests (of results, artifacts and checkpoints) are roots. */
const ROOT_TABLES: readonly DocTable[] = ['traces', 'runs', 'checkpoints'];

export async function collectGarbage(store: Store, options: CollectOptions = {}): Promise<Collected> {
  const { dryRun = false, graceSeconds = GRACE_SECONDS } = options;
  const now = Date.now() / 1000;
  const lease = await store.contents.oldestLease();
  // A blob that was there already when a leased action put it need not have been touched within the last minute before.
  const cutoff = Math.min(now - graceSeconds, (lease ?? Infinity) - FRESH_SECONDS - 1);
  const blobs = groupBlobs(store);
  const graph = new ReferenceGraph(store);
  const results = [...store.contents.results()];
  const kept = await chooseResults(store, { results, graph, options, blobs });
  const live = await graph.reach([...kept.flatMap(({ record }) => digestsOf(record)), ...rootDigests(store, options)]);
  // The results of items stay as long as a table that stays is made of their rows.
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
  // Results first: a result without its blobs would be an empty promise, a blob without a result is only in the way.
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

/** Every digest and key that a trace, a checkpoint or a run names; runs count as long as results do. */
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
