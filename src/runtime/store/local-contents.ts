// Lists, checks and removes the contents of a local store, for garbage collection, verification and statistics.
import type { Digest, Key } from '../contracts/artifact.ts';
import type { BlobFiles } from './blob-files.ts';
import { digestBytes } from '../contracts/keys.ts';
import type { Leases } from './leases.ts';
import type { Ledger } from './ledger.ts';
import { digestKey, digestOfKey, prefixOf, unpackBlob, unpackJson } from './records.ts';
import type { ResultRecord, StoreContents, StoredBlob } from './store.ts';

export class LocalContents implements StoreContents {
  private readonly ledger: Ledger;
  private readonly files: BlobFiles;
  private readonly leases: Leases;

  constructor(ledger: Ledger, files: BlobFiles, leases: Leases) {
    this.ledger = ledger;
    this.files = files;
    this.leases = leases;
  }

  *results(): Generator<{ readonly key: Key; readonly record: ResultRecord | undefined }> {
    for (const { key, value } of this.ledger.range(prefixOf('result'))) {
      yield { key: digestOfKey(key) as Key, record: unpackJson(value) as ResultRecord | undefined };
    }
  }

  *blobs(): Generator<StoredBlob> {
    for (const { key, value } of this.ledger.range(prefixOf('blob'))) {
      const touched = unpackBlob(value)?.touched ?? 0;
      yield { digest: digestOfKey(key) as Digest, path: null, bytes: Math.max(0, value.length - 4), touched };
    }
    yield* this.files.list();
  }

  async check({ digest, path }: StoredBlob): Promise<'right' | 'damaged' | 'gone'> {
    const bytes = path === null ? this.inIndex(digest) : await this.files.read(digest);
    if (bytes === undefined) return 'gone';
    return digestBytes(bytes) === digest ? 'right' : 'damaged';
  }

  async removeBlobs(blobs: readonly StoredBlob[]): Promise<{ readonly blobs: number; readonly bytes: number }> {
    const removed: StoredBlob[] = [];
    for (const blob of blobs) {
      const { digest, path } = blob;
      if (path !== null && this.files.removeUntouched({ ...blob, digest, path })) removed.push(blob);
    }
    const small = blobs.filter(({ path }) => path === null);
    if (small.length > 0) removed.push(...(await this.removeFromIndex(small)));
    return { blobs: removed.length, bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  async removeResults(keys: readonly Key[]): Promise<void> {
    await this.ledger.transaction((writes) => {
      for (const key of keys) writes.unset(digestKey('result', key));
    });
  }

  oldestLease(): Promise<number | undefined> {
    return this.leases.oldest();
  }

  sweepLeftovers(olderThanSeconds?: number): number {
    return this.files.sweepLeftovers(olderThanSeconds);
  }

  indexBytes(): number {
    return this.ledger.bytes;
  }

  private inIndex(digest: Digest): Uint8Array | undefined {
    const stored = this.ledger.get(digestKey('blob', digest));
    // a value too short for an entry is damaged, not missing
    return stored && (unpackBlob(stored)?.bytes ?? new Uint8Array(0));
  }

  /**
   * Removes blobs in one transaction, and returns the removed ones. A blob that was put again after it was listed is
   * kept.
   */
  private removeFromIndex(blobs: readonly StoredBlob[]): Promise<readonly StoredBlob[]> {
    return this.ledger.transaction((writes) =>
      blobs.filter(({ digest, touched }) => {
        const at = digestKey('blob', digest);
        const stored = writes.get(at);
        if (!stored || (unpackBlob(stored)?.touched ?? 0) !== touched) return false;
        writes.unset(at);
        return true;
      }),
    );
  }
}
