// Which blobs need which: the manifest of an artifact refers to others, and is told by how it begins. Nothing is changed here.
import { closeSync, openSync, readSync } from 'node:fs';
import type { Digest } from '../contracts/artifact.ts';
import { refsOf } from './artifact-io.ts';
import { isDigest } from '../contracts/keys.ts';
import type { ResultRecord, Store } from './store.ts';

/** Digests of the artifacts of a result, and of their Arrow files. */
export function digestsOf(record: ResultRecord | undefined): readonly Digest[] {
  return Object.values(record?.outputs ?? {}).flatMap(({ digest, table }) =>
    table === undefined ? [digest] : [digest, table],
  );
}

/** Each blob is looked into once, however many results need it. */
export class ReferenceGraph {
  private readonly store: Store;
  private readonly known = new Map<Digest, readonly Digest[]>();

  constructor(store: Store) {
    this.store = store;
  }

  /** These blobs and all they need. */
  async reach(roots: Iterable<Digest>): Promise<ReadonlySet<Digest>> {
    const reached = new Set<Digest>(roots);
    // A set hands out what is added while it is walked.
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
    // Tables and pixels need not be read whole to see that they are no manifests.
    if (path !== undefined && !isManifest(beginning(path))) return [];
    const bytes = await this.store.get(digest);
    if (!bytes || !isManifest(bytes)) return [];
    return refsOf(parse(bytes)).filter(isDigest);
  }
}

/** Canonical manifests begin with one of these names. */
const BEGINNINGS = ['{"items":[', '{"kind":"'];
const LONGEST = 10;

function isManifest(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(LONGEST, bytes.length)).toString('latin1');
  return BEGINNINGS.some((beginning) => text.startsWith(beginning));
}

function beginning(path: string): Uint8Array {
  const bytes = Buffer.alloc(LONGEST);
  try {
    const file = openSync(path, 'r');
    try {
      return bytes.subarray(0, readSync(file, bytes, 0, LONGEST, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return new Uint8Array(0);
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  } catch {
    return undefined;
  }
}
