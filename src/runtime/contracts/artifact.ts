// Artifacts travel along edges. An artifact is a blob of some kind, known by its digest. The blob is a manifest, which may refer
// to further blobs and list items.
import type { Json } from './canonical.ts';

declare const brand: unique symbol;
/** Lower-case hex sha256. */
export type Digest = string & { readonly [brand]: 'digest' };
/** Key of a step or of an item: the digest of its action. */
export type Key = string & { readonly [brand]: 'key' };

export interface Artifact {
  readonly kind: string;
  readonly digest: Digest;
}

export type ColumnType = 'utf8' | 'bool' | 'int32' | 'float64' | 'float32[]';

export interface Column {
  readonly type: ColumnType;
  readonly doc: string;
  /** e.g. `nats/unit`, `1`, `s`. */
  readonly unit?: string;
  readonly nullable?: true;
  /** Terminals draw a bar beside the value. */
  readonly bar?: true;
}

/** A kind of artifact. Table kinds declare their columns; two kinds are the same if their names are. */
export interface Kind {
  readonly name: string;
  readonly doc: string;
  readonly codec: 'json' | 'table';
  readonly columns?: Readonly<Record<string, Column>>;
  /** Columns of the sweep axes are put first (aggregates). */
  readonly axes?: true;
}

export type Cell = string | number | boolean | null | Float32Array;
export type Row = Readonly<Record<string, Cell>>;

export function defineKind<const K extends Kind>(kind: K): K {
  return Object.freeze(kind);
}

/**
 * Name of the column that holds an item's position. It is reserved in table kinds of item nodes: the engine fills it in, since
 * the rows of an item are cached wherever the item stands.
 */
export const POSITION_COLUMN = 'index';

/** Manifest of a `json` artifact. `refs` are the blobs it needs; `items`, if any, are what item nodes map over. */
export interface JsonArtifact<V = unknown> {
  readonly kind: string;
  readonly value: V;
  readonly refs: readonly Digest[];
  readonly items?: readonly ItemEntry[];
}

/** An item as a manifest lists it. */
export interface ItemEntry {
  /** Identity of the item: entries with equal ids are the same item. */
  readonly id: Digest;
  /** The blob with the item's content. */
  readonly digest: Digest;
  /** Further blobs that the entry needs, for example a mask: they are kept, verified and repaired along with it. */
  readonly refs?: readonly Digest[];
  /** Name of the item in messages, for example that of an image file. It is part of no key. */
  readonly name?: string;
  /** Facts that a node may read of the item, by name (label, size, digest of the mask). A node declares which it reads. */
  readonly seen?: Readonly<Record<string, Json>>;
}

/**
 * Manifest of a `table` artifact. `table` is the Arrow file. A table made item by item also lists the rows of every item (blobs
 * of canonical JSON), so that an item node downstream depends on its own items only.
 */
export interface TableArtifact {
  readonly kind: string;
  readonly table: Digest;
  readonly refs: readonly Digest[];
  readonly items?: readonly ItemEntry[];
}

/** The stored form of an artifact. */
export type Manifest = JsonArtifact | TableArtifact;

/** Access to an artifact in the store. Every read is verified against its digest. */
export interface ArtifactReader {
  readonly kind: string;
  readonly digest: Digest;
  /** Value of a json artifact. */
  value<V>(): Promise<V>;
  /** Items of the artifact, if it has any. */
  items(): Promise<readonly ItemEntry[] | undefined>;
  /** Rows of a table artifact. */
  rows(): Promise<Row[]>;
  blob(digest: Digest): Promise<Uint8Array>;
}
