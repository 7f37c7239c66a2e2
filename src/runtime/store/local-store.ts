// The store in a folder on this machine: an index (LMDB) and files. Every blob that is read is checked against its
// digest.
import type { Digest, Key } from '../contracts/artifact.ts';
import { BlobFiles, FRESH_SECONDS } from './blob-files.ts';
import { digestBytes } from '../contracts/keys.ts';
import { Leases } from './leases.ts';
import { LocalContents } from './local-contents.ts';
import type { Ledger } from './ledger.ts';
import { INDEX } from './lmdb/database.ts';
import {
  digestKey,
  documentKey,
  documentPrefix,
  nowSeconds,
  packBlob,
  packJson,
  unpackBlob,
  unpackJson,
} from './records.ts';
import type { DocTable, OpenOptions, ResultRecord, StartedPut, Store, StoreContents } from './store.ts';

/** Size from which a blob is stored as a file. LMDB copies values through memory and never shrinks its file. */
const FILE_BYTES = 256 * 1024;

interface PutOptions {
  readonly asFile?: true;
}

export class LocalStore implements Store {
  readonly folder: string;
  readonly readOnly: boolean;
  readonly contents: StoreContents;
  private readonly ledger: Ledger;
  private readonly files: BlobFiles;
  private readonly leases: Leases;
  private readonly options: OpenOptions;
  private closing: Promise<void> | undefined;

  constructor(ledger: Ledger, options: OpenOptions) {
    this.folder = ledger.folder;
    this.readOnly = ledger.readOnly;
    this.ledger = ledger;
    this.options = options;
    this.files = new BlobFiles(ledger.folder);
    this.leases = new Leases(ledger);
    this.contents = new LocalContents(ledger, this.files, this.leases);
    if (!this.readOnly) this.files.sweepLeftovers();
  }

  async put(bytes: Uint8Array, options: PutOptions = {}): Promise<Digest> {
    const { digest, durable } = this.startPut(bytes, options);
    await durable;
    return digest;
  }

  startPut(bytes: Uint8Array, { asFile }: PutOptions = {}): StartedPut {
    const digest = digestBytes(bytes);
    if (this.readOnly) return { digest, durable: this.refuse(digest) };
    const isFile = asFile === true || bytes.length >= FILE_BYTES;
    return { digest, durable: isFile ? this.files.write(digest, bytes) : this.putSmall(digest, bytes) };
  }

  async get(digest: Digest): Promise<Uint8Array | undefined> {
    return this.getSmall(digest) ?? (await this.getFile(digest));
  }

  has(digest: Digest): boolean {
    return this.ledger.has(digestKey('blob', digest)) || this.files.has(digest);
  }

  path(digest: Digest): string | undefined {
    return this.files.has(digest) ? this.files.pathOf(digest) : undefined;
  }

  result(key: Key): ResultRecord | undefined {
    const bytes = this.ledger.get(digestKey('result', key));
    if (!bytes) return undefined;
    const record = unpackJson(bytes) as ResultRecord | undefined;
    if (!record) this.options.onDamage?.(key as string as Digest, `${this.folder}/${INDEX}`);
    return record;
  }

  record(key: Key, record: ResultRecord): Promise<void> {
    return this.ledger.put(digestKey('result', key), packJson(record));
  }

  forget(key: Key): Promise<void> {
    return this.ledger.remove(digestKey('result', key));
  }

  acquire(keys: readonly Key[]): Promise<ReadonlySet<Key>> {
    return this.leases.acquire(keys);
  }

  release(keys: readonly Key[]): Promise<void> {
    return this.leases.release(keys);
  }

  doc<T>(table: DocTable, id: string): T | undefined {
    const bytes = this.ledger.get(documentKey(table, id));
    return bytes && unpackDocument<T>(bytes)?.[1];
  }

  setDoc(table: DocTable, id: string, value: unknown): Promise<void> {
    return this.ledger.put(documentKey(table, id), packJson([id, value]));
  }

  removeDoc(table: DocTable, id: string): Promise<void> {
    return this.ledger.remove(documentKey(table, id));
  }

  *docs<T>(
    table: DocTable,
    options: { readonly reverse?: boolean; readonly limit?: number } = {},
  ): Generator<{ id: string; value: T }> {
    for (const entry of this.ledger.range(documentPrefix(table), options)) {
      const document = unpackDocument<T>(entry.value);
      if (document) yield { id: document[0], value: document[1] };
    }
  }

  close(): Promise<void> {
    // if the release fails (a full disk), the leases end with the process
    return (this.closing ??= this.leases
      .close()
      .catch(() => undefined)
      .then(() => this.ledger.close()));
  }

  /**
   * Handles a put to a read-only store. It succeeds if the blob exists already. Otherwise it fails as any other write
   * does.
   */
  private async refuse(digest: Digest): Promise<void> {
    if (!(await this.get(digest))) await this.ledger.put(digestKey('blob', digest), Buffer.alloc(0));
  }

  private async putSmall(digest: Digest, bytes: Uint8Array): Promise<void> {
    const key = digestKey('blob', digest);
    const stored = this.ledger.get(key);
    const now = nowSeconds();
    if (stored) {
      const found = unpackBlob(stored);
      if (found && now - found.touched < FRESH_SECONDS && Buffer.compare(found.bytes, bytes) === 0) return;
    }
    await this.ledger.put(key, packBlob(bytes, now));
  }

  private getSmall(digest: Digest): Uint8Array | undefined {
    const stored = this.ledger.get(digestKey('blob', digest));
    if (!stored) return undefined;
    const found = unpackBlob(stored);
    if (found && digestBytes(found.bytes) === digest) return found.bytes;
    this.options.onDamage?.(digest, `${this.folder}/${INDEX}`);
    // If a put of the same bytes is in progress, it comes later in the order of writes and prevails.
    if (!this.readOnly) this.ledger.remove(digestKey('blob', digest)).catch(() => undefined);
    return undefined;
  }

  private async getFile(digest: Digest): Promise<Uint8Array | undefined> {
    const bytes = await this.files.read(digest);
    if (!bytes || digestBytes(bytes) === digest) return bytes;
    this.options.onDamage?.(digest, this.files.pathOf(digest));
    if (!this.readOnly) this.files.setAside(digest);
    return undefined;
  }
}

function unpackDocument<T>(bytes: Buffer): readonly [string, T] | undefined {
  return unpackJson(bytes) as readonly [string, T] | undefined;
}
