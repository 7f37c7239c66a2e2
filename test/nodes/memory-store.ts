// A real store in a temporary folder, for tests of nodes, with artifacts written by the test. Writes start immediately
// and are awaited before anything is read, so that tests can prepare their inputs synchronously.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Artifact, Digest, ItemEntry, Kind, Row } from '../../src/runtime/contracts/artifact.ts';
import { canonical } from '../../src/runtime/contracts/canonical.ts';
import type { Axes, InputArtifact } from '../../src/runtime/contracts/define.ts';
import { digestBytes } from '../../src/runtime/contracts/keys.ts';
import { openArtifact, writeTable } from '../../src/runtime/store/artifact-io.ts';
import { openStore } from '../../src/runtime/store/open-store.ts';
import type { Store } from '../../src/runtime/store/store.ts';
import { checkRows } from '../../src/runtime/tables/check-rows.ts';

/** Blobs and artifacts of one test. */
export interface MemoryStore {
  /** All blobs that tests or nodes have put. */
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
  put(bytes: Uint8Array): Digest;
  json(
    kind: string,
    value: unknown,
    options?: { refs?: readonly Digest[]; items?: readonly ItemEntry[]; axes?: Axes },
  ): InputArtifact;
  /** A table whose rows were written together; its digest is known once the store has settled. */
  table(kind: Kind, rows: readonly Row[], options?: { axes?: Axes }): InputArtifact;
  /** Opens an artifact again, at another point of the axes. */
  open(artifact: Artifact, axes?: Axes): InputArtifact;
  /** The store itself, once all started writes are complete. */
  settled(): Promise<Store>;
}

export function digestOf(text: string): Digest {
  return digestBytes(Buffer.from(text));
}

const opened: { readonly folder: string; readonly store: Promise<Store> }[] = [];

afterAll(async () => {
  for (const { folder, store } of opened.splice(0)) {
    await (await store).close();
    rmSync(folder, { recursive: true, force: true });
  }
});

async function openIn(folder: string): Promise<Store> {
  const found = await openStore(join(folder, 'cache'));
  if (!found.ok) throw new Error(JSON.stringify(found.failures));
  return found.value;
}

/** A store that also records blobs as they are put. */
function notingPuts(store: Store, blobs: Map<Digest, Uint8Array>): Store {
  const put: Store['put'] = async (bytes, options) => {
    const digest = await store.put(bytes, options);
    blobs.set(digest, Uint8Array.from(bytes));
    return digest;
  };
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'put') return put;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

export function memoryStore(): MemoryStore {
  const blobs = new Map<Digest, Uint8Array>();
  const folder = mkdtempSync(join(tmpdir(), 'lethe-nodes-'));
  const real = openIn(folder);
  opened.push({ folder, store: real });
  const store = real.then((one) => notingPuts(one, blobs));
  const writing: Promise<unknown>[] = [];
  const settled = async (): Promise<Store> => {
    await Promise.all(writing.splice(0));
    return store;
  };
  const put = (bytes: Uint8Array): Digest => {
    const digest = digestBytes(bytes);
    blobs.set(digest, Uint8Array.from(bytes));
    writing.push(store.then((one) => one.put(bytes)));
    return digest;
  };
  const handle = (kind: string, known: Promise<Artifact>, axes: Axes = {}, first?: Digest): InputArtifact => {
    let digest = first;
    const reader = known.then(async (artifact) => {
      digest = artifact.digest;
      return openArtifact(await store, artifact);
    });
    writing.push(reader);
    const read = async () => {
      await settled();
      return reader;
    };
    return {
      kind,
      axes,
      get digest() {
        if (digest === undefined) throw new Error(`the ${kind} is not written yet: await the store`);
        return digest;
      },
      value: async <V>() => (await read()).value<V>(),
      items: async () => (await read()).items(),
      rows: async () => (await read()).rows(),
      table: async () => (await read()).table(),
      blob: async (wanted) => (await read()).blob(wanted),
    };
  };
  const open = ({ kind, digest }: Artifact, axes?: Axes): InputArtifact =>
    handle(kind, Promise.resolve({ kind, digest }), axes, digest);
  return {
    blobs,
    put,
    open,
    settled,
    json(kind, value, { refs = [], items, axes } = {}) {
      for (const ref of [...refs, ...(items ?? []).map((item) => item.digest)])
        if (!blobs.has(ref)) throw new Error(`${kind} refers to ${ref}, which was not put`);
      const manifest = { kind, value, refs, ...(items ? { items } : {}) };
      return open({ kind, digest: put(Buffer.from(canonical(manifest))) }, axes);
    },
    table(kind, rows, { axes } = {}) {
      checkRows(rows, { node: 'the test', kind });
      const written = store.then((one) => writeTable(one, kind, rows));
      return handle(kind.name, written, axes);
    },
  };
}
