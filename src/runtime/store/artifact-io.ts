// Writes artifacts to the store and opens them for reading.
import type { Artifact, ArtifactReader, Digest, ItemEntry, Kind, Manifest } from '../contracts/artifact.ts';
import { encodeManifest, readBlob, readManifest } from './manifest.ts';
import type { Store } from './store.ts';
import type { DecodedTable, TableContent } from '../tables/table.ts';

export interface TableOutput extends Artifact {
  /** Digest of the Arrow file, for `Store.path`. */
  readonly table: Digest;
}

/**
 * Writes a `json` artifact. `refs` are the digests of the blobs to which the value refers. Garbage collection keeps
 * these blobs as long as the artifact.
 * @throws TypeError if the value is not plain JSON (see canonical.ts)
 */
export async function writeJson(
  store: Store,
  kind: Kind,
  value: unknown,
  refs: readonly Digest[] = [],
  items?: readonly ItemEntry[],
): Promise<Artifact> {
  const manifest: Manifest = { kind: kind.name, value, refs, ...(items ? { items } : {}) };
  return { kind: kind.name, digest: await writeManifest(store, manifest) };
}

/**
 * Writes a `table` artifact: its Arrow file (a blob stored as a file) and its manifest. `items` lists, for every item,
 * the blob with the rows of that item.
 */
export async function writeTable(
  store: Store,
  kind: Kind,
  content: TableContent,
  { items }: { readonly items?: readonly ItemEntry[] } = {},
): Promise<TableOutput> {
  const { encodeTable } = await import('../tables/table.ts');
  const table = await store.put(await encodeTable(kind, content), { asFile: true });
  const manifest: Manifest = { kind: kind.name, table, refs: [], ...(items ? { items } : {}) };
  return { kind: kind.name, digest: await writeManifest(store, manifest), table };
}

async function writeManifest(store: Store, manifest: Manifest): Promise<Digest> {
  return store.put(encodeManifest(manifest));
}

/**
 * Opens an artifact. Its blobs are read on demand. Reading a damaged or missing blob fails with `blob-missing`, which
 * names the blob.
 */
export function openArtifact(store: Store, { kind, digest }: Artifact): ArtifactReader {
  let manifest: Promise<Manifest> | undefined;
  const read = (): Promise<Manifest> => (manifest ??= readManifest(store, digest));
  return {
    kind,
    digest,
    value: async <V>() => {
      const found = await read();
      if (!('value' in found)) throw new TypeError(`an artifact of kind ${kind} is a table: it has rows and no value`);
      return found.value as V;
    },
    items: async () => (await read()).items,
    rows: async () => (await readTable(store, kind, await read())).rows(),
    table: async () => readTable(store, kind, await read()),
    blob: (blob) => readBlob(store, blob),
  };
}

async function readTable(store: Store, kind: string, manifest: Manifest): Promise<DecodedTable> {
  if (!('table' in manifest))
    throw new TypeError(`an artifact of kind ${kind} is not a table: it has a value and no rows`);
  const { decodeTable } = await import('../tables/table.ts');
  return decodeTable(await readBlob(store, manifest.table));
}
