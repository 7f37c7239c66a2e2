// Artifacts: what travels along edges. An artifact is one blob of some kind, known by its digest; json and items
// artifacts may refer to further blobs.

declare const brand: unique symbol;
/** Lower-case hex sha256. */
export type Digest = string & { readonly [brand]: 'digest' };
/** Digest of an action. */
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
 * The stored form of a `json` artifact: `refs` lists blobs it needs, `items` (if any) enumerates them one by one so that
 * item nodes can map over them. Item entries: `id` identifies the item, `digest` is the blob with its content.
 */
export interface JsonArtifact<V = unknown> {
  readonly kind: string;
  readonly value: V;
  readonly refs: readonly Digest[];
  readonly items?: readonly ItemEntry[];
}

export interface ItemEntry extends Readonly<Record<string, unknown>> {
  readonly id: Digest;
  readonly digest: Digest;
}

/**
 * A `table` artifact is stored as a manifest too: the Arrow IPC file, and for tables made item by item the rows of every
 * item (blobs of canonical JSON rows), so that downstream item nodes depend on their own item only.
 */
export interface TableArtifact {
  readonly kind: string;
  readonly table: Digest;
  readonly refs: readonly Digest[];
  readonly items?: readonly ItemEntry[];
}

/** Reads an artifact from the store; every read is verified against its digest. */
export interface ArtifactReader {
  readonly kind: string;
  readonly digest: Digest;
  /** `value` of a json artifact. */
  value<V>(): Promise<V>;
  /** Items of the artifact, if it has any. */
  items(): Promise<readonly ItemEntry[] | undefined>;
  /** Rows of a table artifact. */
  rows(): Promise<Row[]>;
  blob(digest: Digest): Promise<Uint8Array>;
}
