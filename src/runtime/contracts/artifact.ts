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

/** How values are reduced over the items of a table: their mean with its standard error, how many are true, the first one. */
export type Reduction = 'mean' | 'count' | 'first';

/** A column says what it is: whatever joins, compares or shows tables reads this and knows no metric by name. */
export interface Column {
  readonly type: ColumnType;
  readonly doc: string;
  /** e.g. `nats/unit`, `1`, `s`. */
  readonly unit?: string;
  readonly nullable?: true;
  /** Terminals draw a bar beside the value. */
  readonly bar?: true;
  /** Column with the standard error of the value. */
  readonly error?: string;
  /** Column with the number of items that the value is a mean of. */
  readonly count?: string;
  /** Columns without which the value says too little: no table shows it and hides them. */
  readonly beside?: readonly string[];
  /** Reduction over items; a column without one is left out of summaries. The first `mean` is the metric of the table. */
  readonly over?: Reduction;
  /** A picture, row by row; columns `height` and `width` of the table give its size. */
  readonly map?: true;
}

export type Columns = Readonly<Record<string, Column>>;

/** A block of text for terminals: a title, lines whose cells are aligned, and a last line. */
export interface Rendering {
  readonly title: string;
  readonly lines?: readonly (readonly string[])[];
  readonly end?: string;
}

/** A kind of artifact. Table kinds declare their columns; two kinds are the same if their names are. */
export interface Kind {
  readonly name: string;
  readonly doc: string;
  readonly codec: 'json' | 'table';
  readonly columns?: Columns;
  /** Columns of the sweep axes are put first (aggregates). */
  readonly axes?: true;
  /** The more general kind: a port that takes that one takes this one too. */
  readonly is?: Kind;
  /** The table has further columns, which follow from the inputs of its node (`OutputPort.columns`). */
  readonly open?: true;
  /** Text of a json artifact for `lethe show`; without it the value is printed as JSON. Pure, and loads nothing. */
  readonly render?: (artifact: JsonArtifact) => Rendering;
}

/** Whether an artifact of a kind can go where one of the kinds `wanted` is expected. */
export function isOfKind(kind: Kind, wanted: Kind | readonly Kind[]): boolean {
  const names = [wanted].flat().map(({ name }) => name);
  for (let one: Kind | undefined = kind; one; one = one.is) if (names.includes(one.name)) return true;
  return false;
}

export type Cell = string | number | boolean | null | Float32Array;
export type Row = Readonly<Record<string, Cell>>;

/** A table by columns: a list of cells for each, all of one length. */
export type Cells = Readonly<Record<string, readonly Cell[]>>;

/** A table as stored. It describes itself: its columns are those it was written with, axes first. */
export interface Table {
  readonly columns: Columns;
  readonly axes: readonly string[];
  /** Number of rows. */
  readonly length: number;
  /**
   * Cells of one column. A float32[] cell is a view of the file that was read: do not change it.
   *
   * @throws RangeError if there is no such column
   */
  readonly cells: (name: string) => readonly Cell[];
}

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
  /** A table artifact by columns. */
  table(): Promise<Table>;
  blob(digest: Digest): Promise<Uint8Array>;
}
