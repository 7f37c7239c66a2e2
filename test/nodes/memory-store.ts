// A store of blobs and artifacts in memory, for tests of nodes.
import { createHash } from 'node:crypto';
import type { Artifact, Digest, ItemEntry, JsonArtifact, Row } from '../../src/runtime/contracts/artifact.ts';
import type { Axes, InputArtifact } from '../../src/runtime/contracts/define.ts';

/** Blobs and artifacts of one test. `json` and `table` make input artifacts by hand. */
export interface MemoryStore {
  readonly blobs: Map<Digest, Uint8Array>;
  put(bytes: Uint8Array): Digest;
  json(
    kind: string,
    value: unknown,
    options?: { refs?: readonly Digest[]; items?: readonly ItemEntry[]; axes?: Axes },
  ): InputArtifact;
  /** `byItem`: the rows of every item, as an item node leaves them; `rows` are then theirs one after the other. */
  table(
    kind: string,
    rows: readonly Row[],
    options?: { byItem?: readonly (readonly [Digest, readonly Row[]])[]; axes?: Axes },
  ): InputArtifact;
  /** Reads an artifact again, at another point of the axes. */
  open(artifact: Artifact, axes?: Axes): InputArtifact;
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return createHash('sha256').update(bytes).digest('hex') as Digest;
}

export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) => {
    if (v instanceof Float32Array) return { float32: Array.from(v, String) };
    if (typeof v === 'number' && !Number.isFinite(v)) return { number: String(v) };
    if (typeof v !== 'object' || v === null || Array.isArray(v)) return v;
    return Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

export function memoryStore(): MemoryStore {
  const blobs = new Map<Digest, Uint8Array>();
  const manifests = new Map<
    Digest,
    { readonly value?: unknown; readonly rows?: readonly Row[]; readonly items?: readonly ItemEntry[] }
  >();
  const slices = new Map<Digest, readonly Row[]>();
  const put = (bytes: Uint8Array): Digest => {
    const digest = digestOf(bytes);
    blobs.set(digest, Uint8Array.from(bytes));
    return digest;
  };
  const blob = (digest: Digest): Promise<Uint8Array> => {
    const bytes = blobs.get(digest);
    return bytes ? Promise.resolve(Uint8Array.from(bytes)) : Promise.reject(new Error(`no blob ${digest}`));
  };
  const open = ({ kind, digest }: Artifact, axes: Axes = {}): InputArtifact => {
    const manifest = manifests.get(digest);
    if (!manifest) throw new Error(`no artifact ${digest}`);
    const items = manifest.items?.map((item) => ({ ...item }));
    return {
      kind,
      digest,
      axes,
      blob,
      value: <V>() => Promise.resolve(structuredClone(manifest.value) as V),
      items: () => Promise.resolve(items),
      rows: () =>
        manifest.rows ? Promise.resolve([...manifest.rows]) : Promise.reject(new Error(`${kind} is no table`)),
    };
  };
  return {
    blobs,
    put,
    open,
    json(kind, value, { refs = [], items, axes } = {}) {
      const manifest: JsonArtifact = items ? { kind, value, refs, items } : { kind, value, refs };
      const plain = JSON.parse(JSON.stringify(manifest)) as JsonArtifact;
      const digest = put(new TextEncoder().encode(canonical(plain)));
      for (const ref of refs) if (!blobs.has(ref)) throw new Error(`${kind} refers to ${ref}, which was not put`);
      for (const item of items ?? [])
        for (const ref of [item.digest, ...(item.refs ?? [])])
          if (!blobs.has(ref)) throw new Error(`item ${item.id} of ${kind} refers to ${ref}, which was never put`);
      manifests.set(digest, plain);
      return open({ kind, digest }, axes);
    },
    table(kind, rows, { byItem, axes } = {}) {
      const items = byItem?.map(([id, own]) => {
        const digest = put(new TextEncoder().encode(canonical(own)));
        slices.set(digest, own);
        return { id, digest };
      });
      const digest = put(new TextEncoder().encode(canonical({ kind, rows, items })));
      manifests.set(digest, items ? { rows, items } : { rows });
      return open({ kind, digest }, axes);
    },
  };
}
