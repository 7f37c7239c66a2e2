// Encodes and decodes manifests, the stored form of artifacts. A manifest is canonical JSON, and its digest is the
// digest of the artifact. No other file encodes or decodes manifests.
import type { Digest, Manifest } from '../contracts/artifact.ts';
import { canonical } from '../contracts/canonical.ts';
import { fail, failure } from '../contracts/failure.ts';
import { isDigest } from '../contracts/keys.ts';
import type { Store } from './store.ts';

/**
 * Encodes a manifest.
 * @throws TypeError if its value is not plain JSON (see canonical.ts)
 */
export function encodeManifest(manifest: Manifest): Uint8Array {
  return Buffer.from(canonical(manifest), 'utf8');
}

/** Texts with which canonical manifests begin. */
const BEGINNINGS = ['{"items":[', '{"kind":"'];
export const BEGINNING_BYTES = 10;

/** True if a blob that begins with these bytes may be a manifest. Tables, pixels and rows begin differently. */
export function beginsManifest(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(BEGINNING_BYTES, bytes.length)).toString('latin1');
  return BEGINNINGS.some((beginning) => text.startsWith(beginning));
}

/** The manifest in a blob; undefined if the blob is not a manifest. */
export function decodeManifest(bytes: Uint8Array): Manifest | undefined {
  if (!beginsManifest(bytes)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
    return isManifest(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Checks the whole structure, because a blob of a user's node may be JSON that resembles a manifest. */
function isManifest(value: unknown): value is Manifest {
  const { kind, table, refs, items = [] } = value as Readonly<Record<string, unknown>>;
  return (
    typeof kind === 'string' &&
    (table === undefined ? 'value' in (value as object) : isDigest(table)) &&
    areDigests(refs) &&
    Array.isArray(items) &&
    items.every(isEntry)
  );
}

function isEntry(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { id, digest, refs = [] } = value as Readonly<Record<string, unknown>>;
  return isDigest(id) && isDigest(digest) && areDigests(refs);
}

function areDigests(value: unknown): boolean {
  return Array.isArray(value) && value.every(isDigest);
}

/** Manifest of an artifact; undefined if its blob is damaged or missing. */
export async function findManifest(store: Store, digest: Digest): Promise<Manifest | undefined> {
  const bytes = await store.get(digest);
  return bytes && decodeManifest(bytes);
}

/** Manifest of an artifact. Fails with `blob-missing` if its blob is damaged or missing. */
export async function readManifest(store: Store, digest: Digest): Promise<Manifest> {
  return (await findManifest(store, digest)) ?? missingBlob(store, digest);
}

/** Bytes of a blob. Fails with `blob-missing` if the blob is damaged or missing. */
export async function readBlob(store: Store, digest: Digest): Promise<Uint8Array> {
  return (await store.get(digest)) ?? missingBlob(store, digest);
}

function missingBlob(store: Store, blob: Digest): never {
  return fail(failure('blob-missing', { blob, cache: store.folder }));
}

/** All blobs to which a manifest refers, directly or in the entries of its items. */
export function refsOf(manifest: Manifest): ReadonlySet<Digest> {
  const found = new Set<Digest>(manifest.refs);
  if ('table' in manifest) found.add(manifest.table);
  for (const { digest, refs = [] } of manifest.items ?? []) {
    found.add(digest);
    for (const ref of refs) found.add(ref);
  }
  return found;
}
