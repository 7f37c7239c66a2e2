// Node types: each is one frozen object that every reader (types, validation, schema, docs, keys, tests) shares.
// This file knows no node, no network and no tensor library.
import type { Static, TObject } from '@sinclair/typebox';
import type { Artifact, ArtifactReader, Cells, Columns, Digest, ItemEntry, Kind, Row } from './artifact.ts';
import type { Json } from './canonical.ts';
import type { Failure } from './failure.ts';

/** An input of a node type. `kind` may list alternatives. */
export interface InputPort {
  readonly kind: Kind | readonly Kind[];
  readonly doc: string;
  /** Collects the artifacts of every point of the upstream axes (in sweep order) instead of propagating the axes. */
  readonly many?: true;
  readonly optional?: true;
  /** In a node with `items`: the port is sliced per item where its artifact has items, and is whole where it has none. */
  readonly perItem?: true;
  /** Names it had before: who writes one of them reads the present one. */
  readonly formerly?: readonly string[];
}

export interface OutputPort {
  readonly kind: Kind;
  readonly doc: string;
  /** Names it had before: who writes one of them reads the present one. */
  readonly formerly?: readonly string[];
  /**
   * What checks of steps downstream may know of the output before anything is computed, for a network for example its layers; undefined
   * where it cannot be known. The kind says in which form. Like `check` it is quick, reads no files and loads no tensor library.
   */
  foresee?(params: Readonly<Record<string, unknown>>, inputs: UpstreamStep['inputs']): unknown;
  /**
   * Columns of the table where they depend on the inputs (axes left out): what `run` will write, known before anything runs. Gets the
   * columns that come in, by port; a port that is not connected, or takes no table, has none.
   */
  readonly columns?: (inputs: Readonly<Record<string, readonly Columns[]>>) => Columns;
}

/** One input artifact, with its position in the sweep for a `many` port. */
export interface InputArtifact extends ArtifactReader {
  readonly axes: Axes;
}

export type AxisValue = string | number | boolean;
export type Axes = Readonly<Record<string, AxisValue>>;

/** Type of `inputs` inside `run`: optional ports may be absent, ports that collect are lists. */
export type Inputs<I extends Readonly<Record<string, InputPort>>> = {
  readonly [P in keyof I]: I[P] extends { many: true; optional: true }
    ? readonly InputArtifact[] | undefined
    : I[P] extends { many: true }
      ? readonly InputArtifact[]
      : I[P] extends { optional: true }
        ? InputArtifact | undefined
        : InputArtifact;
};

interface BaseContext<P extends TObject> {
  readonly params: Static<P>;
  /** Absolute paths of the files named in params, by JSON pointer of the parameter (e.g. `/files/0`). */
  readonly files: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
  /** Progress within the step, for the live view. */
  readonly progress: (done: number, total: number, unit: string) => void;
  /**
   * Bytes that this task may use beyond what a worker with its tensor library takes anyway; absent where `--memory` is not given.
   * A node keeps to it by doing less at a time. It is in no key: results must not depend on it beyond rounding.
   */
  readonly memory?: number;
}

export interface RunContext<P extends TObject, I extends Readonly<Record<string, InputPort>>> extends BaseContext<P> {
  readonly inputs: Inputs<I>;
  /** Hex digest of the action: the only source of randomness. */
  readonly seed: string;
  /** Stores a blob (durable before the result is recorded). */
  readonly put: (bytes: Uint8Array) => Promise<Digest>;
  /** Writes a `json` artifact; `refs` are the blobs it refers to, kept alive with it; `items` are what item nodes map over. */
  readonly json: (
    kind: Kind,
    value: unknown,
    refs?: readonly Digest[],
    items?: readonly ItemEntry[],
  ) => Promise<Artifact>;
  /** Writes a `table` artifact, given by rows or by columns. Columns are those that the kind declares; those of axes come first. */
  readonly table: (kind: Kind, rows: readonly Row[] | Cells) => Promise<Artifact>;
  /** A scratch value of this action that survives a kill: long trainings resume from it. Dropped with the result. */
  readonly checkpoint: {
    readonly load: () => Promise<Uint8Array | undefined>;
    readonly save: (bytes: Uint8Array) => Promise<void>;
  };
}

/** One item to compute: its own slice of every `perItem` port and its own seed. */
export interface Item {
  /** Digest that identifies the item (for images: of the pixels). */
  readonly id: Digest;
  /** Position in the data set: for messages only, not part of the key. */
  readonly index: number;
  /** Name of the item (that of an image file), or its position and id: for messages only, not part of the key. */
  readonly name: string;
  readonly seed: string;
  /** By port: the item as stored (its entry in the artifact's `items`), or the whole artifact where it has no items. */
  readonly inputs: Readonly<Record<string, ItemSlice>>;
}

export interface ItemSlice {
  /**
   * A field of the item's entry (label, height, mask, ...), or undefined where the entry lacks it.
   *
   * @throws TypeError for a field that the node does not declare in `items.reads`: it is not part of the item's key.
   */
  read(field: string): Json | undefined;
  /** Content of the item. */
  bytes(): Promise<Uint8Array>;
  /** Blob that a field refers to, for example `mask`; undefined where the entry lacks the field. Throws as `read` does. */
  blob(field: string): Promise<Uint8Array | undefined>;
  /** Rows of the item, where the port carries a table. */
  rows(): Promise<Row[]>;
}

export interface ItemsContext<P extends TObject, I extends Readonly<Record<string, InputPort>>> extends BaseContext<P> {
  /** Whole (non-perItem) inputs. */
  readonly inputs: Inputs<I>;
  readonly items: readonly Item[];
  /** Hands over the rows of one finished item; it is durable from then on. Call once per item, in any order. */
  readonly emit: (item: Item, rows: readonly Row[]) => Promise<void>;
}

/** The node maps over the items of one port; every item is an action of its own, with one row or more as result. */
export interface ItemsDefinition<P extends TObject, I extends Readonly<Record<string, InputPort>>> {
  /** The port whose items are enumerated. */
  readonly over: (keyof I & string) | ((params: Static<P>) => keyof I & string);
  /** How many items one worker call gets at most. */
  readonly batch: number;
  /**
   * Fields of the items' entries that the node reads, by port, e.g. `{ data: ['height', 'width'] }`. These enter the item's key
   * and seed; a change of any other field recomputes nothing.
   */
  readonly reads?: { readonly [Port in keyof I & string]?: readonly string[] };
  /** Computes missing items, in a worker. */
  run(context: ItemsContext<P, I>): Promise<void>;
  /**
   * Reduces the rows of all items (in data set order) to the rows of the output. Without it, or where it gives undefined, rows are
   * concatenated, and nodes downstream can still take them item by item.
   */
  collect?(rows: readonly Row[][], params: Static<P>): readonly Row[] | undefined;
}

/** A step upstream as a check sees it: all that is known of it before anything is computed. */
export interface UpstreamStep {
  /** Its node type. */
  readonly node: string;
  /** The output that is taken. */
  readonly output: string;
  /** Columns of that output if it is a table, axes left out. */
  readonly columns?: Columns | undefined;
  /** Validated, with defaults. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What the output's `foresee` gives. */
  readonly foreseen?: unknown;
  /** By port, where connected: to follow the edges further up. */
  readonly inputs: Readonly<Record<string, UpstreamStep | readonly UpstreamStep[] | undefined>>;
}

/** One point of a step's sweep, before it runs. */
export interface CheckContext<P extends TObject, I extends Readonly<Record<string, InputPort>>> {
  readonly params: Static<P>;
  readonly inputs: {
    readonly [Port in keyof I]: I[Port] extends { many: true }
      ? readonly UpstreamStep[] | undefined
      : UpstreamStep | undefined;
  };
}

/** A mistake that a check finds. It is shown at the parameter, at the port, or else at the `use` of the step. */
export interface NodeMistake extends Pick<Failure, 'headline' | 'values' | 'help'> {
  /** `wrong-use` if left out. */
  readonly reason?: string;
  /** JSON pointer of the parameter, e.g. `/files/0`. */
  readonly pointer?: string;
  readonly port?: string;
}

export interface NodeDefinition<
  P extends TObject = TObject,
  I extends Readonly<Record<string, InputPort>> = Readonly<Record<string, InputPort>>,
  O extends Readonly<Record<string, OutputPort>> = Readonly<Record<string, OutputPort>>,
> {
  /** kebab-case; equals the file name and the YAML `use:` value. */
  readonly type: string;
  /** Names it had before: who writes one of them reads the present one. */
  readonly formerly?: readonly string[];
  /** Bump whenever equal inputs would give another output. */
  readonly version: number;
  /** One sentence for tables and hovers; further paragraphs are for `lethe nodes TYPE`. */
  readonly doc: string;
  readonly params: P;
  readonly inputs: I;
  /** The first output is the default one in `from`. A node with `items` has exactly one, of a table kind. */
  readonly outputs: O;
  /** Complete pipelines in YAML that CI runs. */
  readonly examples: readonly string[];
  /** Light steps run in the main process: tables, lists, files; no tensors. */
  readonly light?: true;
  /** Seconds after which the step is killed, unless the step says otherwise. */
  readonly timeout?: number;
  /**
   * What is wrong beyond the schema of the parameters, as far as it can be known before anything runs. Asked once per point of a
   * sweep whenever a pipeline is linked, so it has to be quick: it reads no files and loads no tensor library.
   */
  check?(context: CheckContext<P, I>): readonly NodeMistake[];
  /**
   * Cards that the parameters choose (a format, an architecture), with their versions, e.g. `{ 'dataset-format/cub': 1 }`. They
   * enter the key: a card whose outcome changes raises its own version, and other choices stay cached. Asked once per point of a
   * sweep when a pipeline is linked.
   */
  cards?(params: Static<P>): Readonly<Record<string, number>>;
  readonly run?: (context: RunContext<P, I>) => Promise<{ readonly [K in keyof O]: Artifact }>;
  readonly items?: ItemsDefinition<P, I>;
}

/** Freezes a definition and keeps its exact types. Exactly one of `run` and `items` must be given. */
export function defineNode<
  const P extends TObject,
  const I extends Readonly<Record<string, InputPort>>,
  const O extends Readonly<Record<string, OutputPort>>,
>(definition: NodeDefinition<P, I, O>): NodeDefinition<P, I, O> {
  if ((definition.run === undefined) === (definition.items === undefined)) {
    throw new TypeError(`node type ${definition.type}: give exactly one of "run" and "items"`);
  }
  return Object.freeze(definition);
}

/** How a registry names node types without loading them. */
export interface NodeRegistry {
  readonly types: readonly string[];
  load(type: string): Promise<NodeDefinition>;
}
