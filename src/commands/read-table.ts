// Reads a table from the store for the screen or for a file. Every read is verified.
import type { Artifact, Table } from '../runtime/contracts/artifact.ts';
import type { Store } from '../runtime/store/store.ts';
import { openArtifact } from '../runtime/store/artifact-io.ts';
import { readBlob, readManifest } from '../runtime/store/manifest.ts';

export function readTable(store: Store, artifact: Artifact): Promise<Table> {
  return openArtifact(store, artifact).table();
}

/** Reads the bytes of the Arrow file of a table. */
export async function readTableBytes(store: Store, artifact: Artifact): Promise<Uint8Array> {
  const manifest = await readManifest(store, artifact.digest);
  if (!('table' in manifest)) throw new TypeError(`an artifact of kind ${artifact.kind} is not a table`);
  return readBlob(store, manifest.table);
}
