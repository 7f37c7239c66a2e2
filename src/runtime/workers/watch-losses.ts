// Lost blobs: blobs that a task tried to read and that are damaged or missing. The steps that wrote them can be
// computed again.
import type { Digest } from '../contracts/artifact.ts';
import type { Store } from '../store/store.ts';

/** Returns a view of the store that adds to `lost` the digest of every requested blob that is damaged or missing. */
export function watchLosses(store: Store, lost: Set<Digest>): Store {
  const get = async (digest: Digest): Promise<Uint8Array | undefined> => {
    const bytes = await store.get(digest);
    if (bytes === undefined) lost.add(digest);
    return bytes;
  };
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'get') return get;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Thrown if blobs are missing. The list filled by `watchLosses` says which. */
export class BlobsLost extends Error {}

/**
 * True if a task ended because of missing blobs. False if a node handled a missing blob and then failed for another
 * reason.
 */
export function isLoss(thrown: unknown): boolean {
  if (thrown instanceof BlobsLost) return true;
  const { failure } = (thrown ?? {}) as { readonly failure?: { readonly reason?: unknown } };
  return thrown instanceof Error && failure?.reason === 'blob-missing';
}
