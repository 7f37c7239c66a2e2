// Reads an Arrow file of the store for the screen, verified like every read.
import type { Artifact, Column, Row, TableArtifact } from '../runtime/contracts/artifact.ts';
import { fail } from '../runtime/contracts/failure.ts';
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
  const manifest = await store.get(artifact.digest);
  if (manifest === undefined) return gone(artifact.digest);
  const { table } = JSON.parse(Buffer.from(manifest).toString('utf8')) as TableArtifact;
  return (await store.get(table)) ?? gone(table);
}

function gone(digest: string): never {
  return fail({
    reason: 'blob-missing',
    headline: 'a result is not in the cache any more',
    values: { blob: digest },
    help: 'Run the pipeline again: it will be computed anew.',
  });
}
