// Artifacts in the store: writing and reading their manifests. A manifest is canonical JSON, and its digest is the artifact's.
import type {
  Artifact,
  ArtifactReader,
  Digest,
  ItemEntry,
  JsonArtifact,
  Kind,
  TableArtifact,
} from '../contracts/artifact.ts';
import { canonical } from '../contracts/canonical.ts';
import { fail } from '../contracts/failure.ts';
import type { Store } from './store.ts';
import type { DecodedTable, TableContent } from '../tables/table.ts';

export interface TableOutput extends Artifact {
  /** Digest of the Arrow file, for `Store.path`. */
  readonly table: Digest;
}

/**
 * Writes a `json` artifact. `refs` are the blobs it needs; they are kept with it.
 *
 * @throws TypeError if the value is not plain JSON (see canonical.ts).
 */
export async function writeJson(
  store: Store,
  kind: Kind,
  value: unknown,
  refs: readonly Digest[] = [],
  items?: readonly ItemEntry[],
): Promise<Artifact> {
  const manifest: JsonArtifact = { kind: kind.name, value, refs, ...(items ? { items } : {}) };
  return { kind: kind.name, digest: await writeManifest(store, manifest) };
}

/** Writes a `table` artifact: the Arrow file (one with a path) and its manifest. `items` name the rows of every item. */
export async function writeTable(
  store: Store,
  kind: Kind,
  content: TableContent,
  { items }: { readonly items?: readonly ItemEntry[] } = {},
): Promise<TableOutput> {
  const { encodeTable } = await import('../tables/table.ts');
  const table = await store.put(await encodeTable(kind, content), { asFile: true });
  const manifest: TableArtifact = { kind: kind.name, table, refs: [], ...(items ? { items } : {}) };
  return { kind: kind.name, digest: await writeManifest(store, manifest), table };
}

async function writeManifest(store: Store, manifest: JsonArtifact | TableArtifact): Promise<Digest> {
  return store.put(Buffer.from(canonical(manifest), 'utf8'));
}

/** Reads on demand. What is damaged or gone is a failure `blob-missing` that names the blob. */
export function openArtifact(store: Store, { kind, digest }: Artifact): ArtifactReader {
  let manifest: Promise<JsonArtifact | TableArtifact> | undefined;
  const read = (): Promise<JsonArtifact | TableArtifact> => (manifest ??= readManifest(store, digest));
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

async function readTable(store: Store, kind: string, manifest: JsonArtifact | TableArtifact): Promise<DecodedTable> {
  if (!('table' in manifest))
    throw new TypeError(`an artifact of kind ${kind} is no table: it has a value and no rows`);
  const { decodeTable } = await import('../tables/table.ts');
  return decodeTable(await readBlob(store, manifest.table));
}

/** Manifest of an artifact. */
export async function readManifest(store: Store, digest: Digest): Promise<JsonArtifact | TableArtifact> {
  const text = Buffer.from(await readBlob(store, digest)).toString('utf8');
  return JSON.parse(text) as JsonArtifact | TableArtifact;
}

async function readBlob(store: Store, digest: Digest): Promise<Uint8Array> {
  return (
    (await store.get(digest)) ??
    fail({
      reason: 'blob-missing',
      headline: 'a part of an earlier result is missing in the cache',
      values: { blob: digest, cache: store.folder },
      help: 'Run the pipeline again: what is missing is computed anew.',
    })
  );
}

/** Every blob that a manifest refers to, in itself or in the entries of its items. */
export function refsOf(manifest: unknown): readonly Digest[] {
  if (typeof manifest !== 'object' || manifest === null) return [];
  const { table, refs, items } = manifest as Partial<TableArtifact & JsonArtifact>;
  const found = new Set<Digest>(refs ?? []);
  if (table !== undefined) found.add(table);
  for (const { digest, mask } of items ?? []) {
    found.add(digest);
    if (typeof mask === 'string') found.add(mask as Digest);
  }
  return [...found];
}
