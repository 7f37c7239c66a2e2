// Node types. A node type is one frozen object, from which types, validation, schema, docs, keys and tests are derived.
// This file knows no particular node, no network and no tensor library.
import type { Static, TObject } from '@sinclair/typebox';
import type { Artifact, ArtifactReader, Cells, Columns, Digest, ItemEntry, Kind, Row } from './artifact.ts';
import type { Json } from './canonical.ts';
import type { Failure } from './failure.ts';

/** An input of a node type. `kind` may be a list of accepted kinds. */
export interface InputPort {
  readonly kind: Kind | readonly Kind[];
  readonly doc: string;
  /**
   * The port collects the artifacts of every point of the upstream axes, in sweep order. The step does not inherit
   * these axes.
   */
  readonly many?: true;
  readonly optional?: true;
  /** Item nodes only: each item gets its own slice of this input if the artifact has items, else the whole artifact. */
  readonly perItem?: true;
  /** Former names of the port. A pipeline that uses one of them gets a failure that gives the present name. */
  readonly formerly?: readonly string[];
}

export interface OutputPort {
  readonly kind: Kind;
  readonly doc: string;
  /** Former names of the output. A pipeline that uses one of them gets a failure that gives the present name. */
  readonly formerly?: readonly string[];
  /**
   * Describes the output before anything is computed, for the checks of downstream steps. The description of a network,
   * for example, lists its layers. The kind of the output defines the form of the description. Returns undefined if the
   * parameters and inputs do not determine the output. Like `check`, this function must be fast, read no files and load
   * no tensor library.
   */
  foresee?(params: Readonly<Record<string, unknown>>, inputs: UpstreamStep['inputs']): unknown;
  /**
   * Derives the columns of the output table, without axes, before anything is computed. Absent unless the columns
   * depend on the inputs. The argument lists the columns of the incoming tables, by port. It leaves out ports that are
   * not connected or take no table.
   */
  readonly columns?: (inputs: Readonly<Record<string, readonly Columns[]>>) => Columns;
}

/** One input artifact. `axes` is the point of the upstream sweep from which it comes. */
export interface InputArtifact extends ArtifactReader {
  readonly axes: Axes;
}

export type AxisValue = string | number | boolean;
export type Axes = Readonly<Record<string, AxisValue>>;

/** Type of `inputs` inside `run`: optional ports may be undefined, `many` ports are lists. */
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
  /** Reports progress within the step to the views of the run. */
  readonly progress: (done: number, total: number, unit: string) => void;
  /**
   * Memory in bytes that this task may use, not counting the memory of an idle worker with its tensor library. Absent
   * unless `--memory` is given. A node keeps to this bound by processing less at a time. The bound enters no key:
   * results must not depend on it, except for rounding.
   */
  readonly memory?: number;
}

export interface RunContext<P extends TObject, I extends Readonly<Record<string, InputPort>>> extends BaseContext<P> {
  readonly inputs: Inputs<I>;
  /** Hex digest of the action. All randomness of the node must be derived from it. */
  readonly seed: string;
  /** Stores a blob. The blob is durable before the result is recorded. */
  readonly put: (bytes: Uint8Array) => Promise<Digest>;
  /**
   * Writes a `json` artifact. `refs` are the blobs that the value refers to; garbage collection keeps them as long as
   * the artifact. `items` are the items that item nodes map over.
   */
  readonly json: (
    kind: Kind,
    value: unknown,
    refs?: readonly Digest[],
    items?: readonly ItemEntry[],
  ) => Promise<Artifact>;
  /**
   * Writes a `table` artifact, given by rows or by columns. The table begins with the columns of the axes; the columns
   * that the kind declares follow.
   */
  readonly table: (kind: Kind, rows: readonly Row[] | Cells) => Promise<Artifact>;
  /**
   * A saved state of this action that survives the end of the process, so that a long training can resume. `load`
   * returns undefined if no state is saved. The state is deleted once the result is recorded.
   */
  readonly checkpoint: {
    readonly load: () => Promise<Uint8Array | undefined>;
    readonly save: (bytes: Uint8Array) => Promise<void>;
  };
}

/** One item to compute, with its own slice of every `perItem` port and its own seed. */
export interface Item {
  /** Digest that identifies the item; for an image, the digest of its pixels. */
  readonly id: Digest;
  /** Position in the data set, for messages only. It does not enter the key. */
  readonly index: number;
  /**
   * Name of the item in messages, for example the name of an image file. For an item without a name, it is made from
   * the position and the id. It does not enter the key.
   */
  readonly name: string;
  readonly seed: string;
  /** Inputs by port: the slice of this item, or the whole artifact if the artifact has no items. */
  readonly inputs: Readonly<Record<string, ItemSlice>>;
}

export interface ItemSlice {
  /**
   * A field of the item's entry (label, height, mask, ...); undefined if the entry lacks it.
   * @throws TypeError for a field that the node does not declare in `items.reads`, since such a field is not part of
   * the item's key
   */
  read(field: string): Json | undefined;
  /** Content of the item. */
  bytes(): Promise<Uint8Array>;
  /**
   * Blob to which a field refers, for example `mask`; undefined if the entry lacks the field. Throws as `read` does.
   */
  blob(field: string): Promise<Uint8Array | undefined>;
  /** Rows of the item, if the port carries a table. */
  rows(): Promise<Row[]>;
}

export interface ItemsContext<P extends TObject, I extends Readonly<Record<string, InputPort>>> extends BaseContext<P> {
  /** All inputs. A `perItem` port is here as a whole; each item holds its own slice of it. */
  readonly inputs: Inputs<I>;
  readonly items: readonly Item[];
  /** Stores the rows of one finished item durably. Call it once per item, in any order. */
  readonly emit: (item: Item, rows: readonly Row[]) => Promise<void>;
}

/**
 * Definition of a node that maps over the items of one port. Every item is an action of its own and gives one or more
 * rows.
 */
export interface ItemsDefinition<P extends TObject, I extends Readonly<Record<string, InputPort>>> {
  /** Port whose items the node maps over. */
  readonly over: (keyof I & string) | ((params: Static<P>) => keyof I & string);
  /** Largest number of items per call of `run`. */
  readonly batch: number;
  /**
   * Fields of the items' entries that the node reads, by port, e.g. `{ data: ['height', 'width'] }`. These fields enter
   * the key and the seed of the item. An item is not computed again if another field changes.
   */
  readonly reads?: { readonly [Port in keyof I & string]?: readonly string[] };
  /** Computes the given items in a worker. */
  run(context: ItemsContext<P, I>): Promise<void>;
  /**
   * Reduces the rows of all items, in data set order, to the rows of the output. Without this function, or if it
   * returns undefined, the rows are concatenated, and downstream nodes can still take them item by item.
   */
  collect?(rows: readonly Row[][], params: Static<P>): readonly Row[] | undefined;
}

/** An upstream step as a check sees it: everything known about the step before anything is computed. */
export interface UpstreamStep {
  /** Node type of the step. */
  readonly node: string;
  /** Name of the output that is connected. */
  readonly output: string;
  /** Columns of the connected output, without the columns of axes; undefined if the output is not a table. */
  readonly columns?: Columns | undefined;
  /** Validated parameters, defaults filled in. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Result of `foresee` of the connected output; undefined if there is none. */
  readonly foreseen?: unknown;
  /** Upstream steps of this step, by connected port, so that a check can follow the edges further. */
  readonly inputs: Readonly<Record<string, UpstreamStep | readonly UpstreamStep[] | undefined>>;
}

/** One point of a step's sweep, before it is computed. */
export interface CheckContext<P extends TObject, I extends Readonly<Record<string, InputPort>>> {
  readonly params: Static<P>;
  readonly inputs: {
    readonly [Port in keyof I]: I[Port] extends { many: true }
      ? readonly UpstreamStep[] | undefined
      : UpstreamStep | undefined;
  };
}

/** A mistake that a check found. The message points to `pointer` or `port` if given, else to the `use` of the step. */
export interface NodeMistake extends Pick<Failure, 'headline' | 'values' | 'help'> {
  /** Default: `wrong-use`. */
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
  /** Name in kebab-case, equal to the file name and to the `use:` value in YAML. */
  readonly type: string;
  /** Former names of the type. A pipeline that uses one of them gets a failure that gives the present name. */
  readonly formerly?: readonly string[];
  /** Version of the node type. Increase it whenever equal inputs would give a different output. */
  readonly version: number;
  /** One sentence for tables and hovers; further paragraphs are for `lethe nodes TYPE`. */
  readonly doc: string;
  readonly params: P;
  readonly inputs: I;
  /**
   * Outputs. If `from` names a step without an output, the first output of the step is used. A node with `items` has
   * exactly one output, whose kind is a table.
   */
  readonly outputs: O;
  /** Complete pipelines in YAML. The tests run them. */
  readonly examples: readonly string[];
  /**
   * Set for node types that work on tables, lists and files, but not on tensors. Steps of built-in light types run in
   * the main process, steps of users' light types in a worker.
   */
  readonly light?: true;
  /** Seconds after which the step is killed. The `timeout` of a step in a pipeline takes precedence. */
  readonly timeout?: number;
  /**
   * Finds mistakes that the schema of the parameters cannot express. This function is called once per point of a sweep
   * whenever a pipeline is linked, so it must be fast, read no files and load no tensor library.
   */
  check?(context: CheckContext<P, I>): readonly NodeMistake[];
  /**
   * Returns the versions of the cards that the parameters choose, such as a format or an architecture:
   * `{ 'dataset-format/cub': 1 }`. The versions enter the key: a raised version of a card recomputes only the steps
   * that chose the card. This function is called once per point of a sweep when a pipeline is linked.
   */
  cards?(params: Static<P>): Readonly<Record<string, number>>;
  readonly run?: (context: RunContext<P, I>) => Promise<{ readonly [K in keyof O]: Artifact }>;
  readonly items?: ItemsDefinition<P, I>;
}

/** Freezes a definition and preserves its exact types. Exactly one of `run` and `items` must be given. */
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

/** Node types by name. The file of a node type is loaded only when `load` asks for it. */
export interface NodeRegistry {
  readonly types: readonly string[];
  load(type: string): Promise<NodeDefinition>;
}
