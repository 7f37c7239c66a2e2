// A view of the store that remembers which blobs were asked for and are damaged or gone, so that their producers can run again.
import type { Digest } from '../contracts/artifact.ts';
import type { Store } from '../store/store.ts';

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
