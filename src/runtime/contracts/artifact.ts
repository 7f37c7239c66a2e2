// Artifacts: the data that travel along the edges of a graph. An artifact is a blob of some kind, identified by its
// digest. The blob is a manifest, which may refer to further blobs and may list items.
import type { Json } from './canonical.ts';

declare const brand: unique symbol;
/** Lower-case hex sha256. */
export type Digest = string & { readonly [brand]: 'digest' };
/** Key of a step or of an item: the digest of its action (see keys.ts). */
export type Key = string & { readonly [brand]: 'key' };

export interface Artifact {
  readonly kind: string;
  readonly digest: Digest;
}

export type ColumnType = 'utf8' | 'bool' | 'int32' | 'float64' | 'float32[]';

/**
 * Reduction of a column over the items of a table. `mean` gives the mean and its standard error, `count` the number of
 * true cells, `first` the first cell.
 */
export type Reduction = 'mean' | 'count' | 'first';

/**
 * Declaration of a column. Code that joins, compares or shows tables reads these declarations and knows no metric by
 * name.
 */
export interface Column {
  readonly type: ColumnType;
  readonly doc: string;
  /** Unit of the values, e.g. `nats/unit`, `1`, `s`. */
  readonly unit?: string;
  readonly nullable?: true;
  /** Terminals draw a bar beside the value. */
  readonly bar?: true;
  /** Name of the column that holds the standard error of the value. */
  readonly error?: string;
  /** Name of the column that holds the number of items over which the value was averaged. */
  readonly count?: string;
  /**
   * Names of the columns that are needed to interpret this column. A view that shows this column also shows those
   * columns.
   */
  readonly beside?: readonly string[];
  /**
   * Reduction of the column over items. Summaries leave out a column without a reduction. The first column with `mean`
   * is the metric of the table.
   */
  readonly over?: Reduction;
  /** Each cell is an image, stored row by row. The columns `height` and `width` of the table hold its size. */
  readonly map?: true;
}

export type Columns = Readonly<Record<string, Column>>;

/** A block of text for terminals: a title, rows of aligned cells, and a closing line. */
export interface Rendering {
  readonly title: string;
  readonly lines?: readonly (readonly string[])[];
  readonly end?: string;
}

/** A kind of artifact. Table kinds declare their columns. Two kinds are the same if they have the same name. */
export interface Kind {
  readonly name: string;
  readonly doc: string;
  readonly codec: 'json' | 'table';
  readonly columns?: Columns;
  /** True for a table that begins with one column per axis of the sweep, such as an aggregate. */
  readonly axes?: true;
  /** The more general kind: a port that accepts the general kind accepts this kind as well. */
  readonly is?: Kind;
  /**
   * The table may have more columns than declared here: `OutputPort.columns` derives them from the inputs of the node.
   */
  readonly open?: true;
  /**
   * Text of a json artifact for `lethe show`; without it, the value is printed as JSON. The function is pure and
   * imports no library.
   */
  readonly render?: (artifact: JsonArtifact) => Rendering;
}

/** True if an output of `kind` may be connected to a port that accepts `wanted`. */
export function isOfKind(kind: Kind, wanted: Kind | readonly Kind[]): boolean {
  const names = [wanted].flat().map(({ name }) => name);
  for (let one: Kind | undefined = kind; one; one = one.is) if (names.includes(one.name)) return true;
  return false;
}

export type Cell = string | number | boolean | null | Float32Array;
export type Row = Readonly<Record<string, Cell>>;

/** A table stored by columns: a list of cells per column, all lists of equal length. */
export type Cells = Readonly<Record<string, readonly Cell[]>>;

/** A stored table. `columns` are the columns with which the table was written, axes first. */
export interface Table {
  readonly columns: Columns;
  readonly axes: readonly string[];
  /** Number of rows. */
  readonly length: number;
  /**
   * Cells of one column. A float32[] cell is a view into the file that was read, so callers must not change it.
   * @throws RangeError if there is no such column
   */
  readonly cells: (name: string) => readonly Cell[];
}

export function defineKind<const K extends Kind>(kind: K): K {
  return Object.freeze(kind);
}

/**
 * Name of the column that holds the position of an item in its data set. An item node does not emit this column, even
 * if its kind declares it. The engine fills it in, because the cached rows of an item are reused at any position.
 */
export const POSITION_COLUMN = 'index';

/**
 * Manifest of a `json` artifact. `refs` are the blobs that the value refers to. `items`, if present, are the items that
 * item nodes map over.
 */
export interface JsonArtifact<V = unknown> {
  readonly kind: string;
  readonly value: V;
  readonly refs: readonly Digest[];
  readonly items?: readonly ItemEntry[];
}

/** One item in the list of a manifest. */
export interface ItemEntry {
  /** Identity of the item: entries with equal ids describe the same item. */
  readonly id: Digest;
  /** The blob with the item's content. */
  readonly digest: Digest;
  /**
   * Digests of further blobs that the entry needs, for example a mask. Garbage collection keeps these blobs;
   * verification and repair include them.
   */
  readonly refs?: readonly Digest[];
  /** Name of the item in messages, for example the name of an image file. It enters no key. */
  readonly name?: string;
  /**
   * Properties of the item that a node may read, by name (label, size, digest of the mask). A node declares the
   * properties that it reads.
   */
  readonly seen?: Readonly<Record<string, Json>>;
}

/**
 * Manifest of a `table` artifact. `table` is the digest of the Arrow file. If the table was computed item by item,
 * `items` has an entry for each item, whose blob holds the rows of the item as canonical JSON. An item node downstream
 * then depends only on the rows of its own items.
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
  /** Items of the artifact; undefined if it has none. */
  items(): Promise<readonly ItemEntry[] | undefined>;
  /** Rows of a table artifact. */
  rows(): Promise<Row[]>;
  /** Table artifact by columns. */
  table(): Promise<Table>;
  blob(digest: Digest): Promise<Uint8Array>;
}
