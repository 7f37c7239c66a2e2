// Reads an Arrow file of the store for the screen, verified like every read.
import type { Artifact, Column, Row } from '../runtime/contracts/artifact.ts';
import { readBlob, readManifest } from '../runtime/store/manifest.ts';
import type { Store } from '../runtime/store/store.ts';

export interface ReadTable {
  readonly columns: Readonly<Record<string, Column>>;
  readonly rows: readonly Row[];
}

export async function readTable(store: Store, artifact: Artifact): Promise<ReadTable> {
  const { decodeTable } = await import('../runtime/tables/table.ts');
  return decodeTable(await readTableBytes(store, artifact));
}

export async function readTableBytes(store: Store, artifact: Artifact): Promise<Uint8Array> {
  const manifest = await readManifest(store, artifact.digest);
  if (!('table' in manifest)) throw new TypeError(`an artifact of kind ${artifact.kind} is no table`);
  return readBlob(store, manifest.table);
}
