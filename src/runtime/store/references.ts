// Follows references between blobs: the manifest of an artifact refers to other blobs. Nothing is changed here.
import { closeSync, openSync, readSync } from 'node:fs';
import type { Digest } from '../contracts/artifact.ts';
import { BEGINNING_BYTES, beginsManifest, findManifest, refsOf } from './manifest.ts';
import type { ResultRecord, Store } from './store.ts';

/** Digests of the artifacts of a result, and of their Arrow files. */
export function digestsOf(record: ResultRecord | undefined): readonly Digest[] {
  return Object.values(record?.outputs ?? {}).flatMap(({ digest, table }) =>
    table === undefined ? [digest] : [digest, table],
  );
}

/** Graph of the references between blobs. Every blob is read once, however many results refer to it. */
export class ReferenceGraph {
  private readonly store: Store;
  private readonly known = new Map<Digest, readonly Digest[]>();

  constructor(store: Store) {
    this.store = store;
  }

  /** The roots and all blobs to which they refer, directly or indirectly. */
  async reach(roots: Iterable<Digest>): Promise<ReadonlySet<Digest>> {
    const reached = new Set<Digest>(roots);
    // iterating over a Set includes values that are added meanwhile
    for (const digest of reached) for (const next of await this.refs(digest)) reached.add(next);
    return reached;
  }

  async refs(digest: Digest): Promise<readonly Digest[]> {
    const known = this.known.get(digest);
    if (known) return known;
    const refs = await this.read(digest);
    this.known.set(digest, refs);
    return refs;
  }

  private async read(digest: Digest): Promise<readonly Digest[]> {
    const path = this.store.path(digest);
    // The first bytes are enough to see that a table or pixels are not a manifest.
    if (path !== undefined && !beginsManifest(beginning(path))) return [];
    const manifest = await findManifest(this.store, digest);
    return manifest === undefined ? [] : [...refsOf(manifest)];
  }
}

function beginning(path: string): Uint8Array {
  const bytes = Buffer.alloc(BEGINNING_BYTES);
  try {
    const file = openSync(path, 'r');
    try {
      return bytes.subarray(0, readSync(file, bytes, 0, BEGINNING_BYTES, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return new Uint8Array(0);
  }
}
