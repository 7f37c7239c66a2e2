// Verification: compares every blob of a store with its digest. Removes damaged blobs, and results that lack a blob, so
// that the next run computes them again.
import type { Digest, Key } from '../contracts/artifact.ts';
import { ReferenceGraph, digestsOf } from './references.ts';
import type { Store, StoredBlob } from './store.ts';

export interface Verified {
  /** Number of copies of blobs that were read. */
  readonly checked: number;
  readonly bytes: number;
  /** Damaged blobs. They have been removed unless the store is read-only. */
  readonly damaged: readonly Digest[];
  /** Blobs that do not exist although a result refers to them. */
  readonly missing: readonly Digest[];
  /** Results that were dropped, because they were damaged or lacked a blob. */
  readonly droppedResults: readonly Key[];
}

export interface VerifyOptions {
  progress?(done: number, bytes: number): void;
}

export async function verifyStore(store: Store, options: VerifyOptions = {}): Promise<Verified> {
  let checked = 0;
  let bytes = 0;
  const damaged: StoredBlob[] = [];
  // copied to a list first, because the index must not be changed during the iteration
  for (const blob of [...store.contents.blobs()]) {
    const state = await store.contents.check(blob);
    if (state === 'gone') continue;
    checked++;
    bytes += blob.bytes;
    if (state === 'damaged') damaged.push(blob);
    options.progress?.(checked, bytes);
  }
  if (!store.readOnly && damaged.length > 0) await store.contents.removeBlobs(damaged);
  const { missing, broken } = await findBroken(store, new Set(damaged.map(({ digest }) => digest)));
  if (!store.readOnly && broken.length > 0) await store.contents.removeResults(broken);
  return {
    checked,
    bytes,
    damaged: [...new Set(damaged.map(({ digest }) => digest))],
    missing,
    droppedResults: store.readOnly ? [] : broken,
  };
}

/** Finds missing blobs, and results that are damaged or refer to a missing blob. */
async function findBroken(
  store: Store,
  damaged: ReadonlySet<Digest>,
): Promise<{ missing: readonly Digest[]; broken: readonly Key[] }> {
  const graph = new ReferenceGraph(store);
  const missing = new Set<Digest>();
  const broken: Key[] = [];
  const isThere = (digest: Digest): boolean => store.has(digest) && !(store.readOnly && damaged.has(digest));
  for (const { key, record } of [...store.contents.results()]) {
    const gone = [...(await graph.reach(digestsOf(record)))].filter((digest) => !isThere(digest));
    for (const digest of gone) missing.add(digest);
    if (record === undefined || gone.length > 0) broken.push(key);
  }
  return { missing: [...missing], broken };
}
