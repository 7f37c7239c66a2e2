// Losses: blobs that a task asked for and that are damaged or gone. The steps that made them can be computed again.
import type { Digest } from '../contracts/artifact.ts';
import type { Store } from '../store/store.ts';

/** A view of the store that remembers in `lost` every blob that was asked for and is not there. */
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

/** Thrown where blobs are missing and the watched store knows which. */
export class BlobsLost extends Error {}

/**
 * True if a task ended because blobs are missing. A node may handle a miss and fail of something else afterwards: then the failure is
 * its own.
 */
export function isLoss(thrown: unknown): boolean {
  if (thrown instanceof BlobsLost) return true;
  const { failure } = (thrown ?? {}) as { readonly failure?: { readonly reason?: unknown } };
  return thrown instanceof Error && failure?.reason === 'blob-missing';
}
