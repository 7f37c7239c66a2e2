// The linked graph: plain JSON that contains everything needed to plan, so that a run whose results are all cached
// loads no node file. authoring/link.ts makes it; engine/plan.ts and engine/run.ts read it.
import type { Axes } from './define.ts';
import type { Json } from './canonical.ts';

export type { Json } from './canonical.ts';

/** An edge into a port. `axes` is the point of the upstream sweep from which the artifact comes. */
export interface Edge {
  readonly step: string;
  readonly output: string;
  readonly axes: Axes;
}

/** A file named in the parameters. In the action, the digest of the file's content replaces the path. */
export interface FileParam {
  /** JSON pointer within params, e.g. `/files/0`. */
  readonly pointer: string;
  readonly path: string;
  /**
   * JSON pointer of the parameter that names the folder to which the written path is relative; absent if there is none.
   * The text of this parameter is not part of the action.
   */
  readonly folder?: string;
}

/** An instance of a node type at one point of its axes. */
export interface Step {
  /** Full name: `sigma`, or `sigma[architecture=resnet20,layer=conv1]` at a point of a sweep. */
  readonly name: string;
  /** Name as written in the pipeline, e.g. `sigma`. */
  readonly base: string;
  readonly axes: Axes;
  readonly node: string;
  readonly version: number;
  /** Index into `Graph.modules` for a node type from a file of the user; absent for built-in types. */
  readonly module?: number;
  /**
   * Validated parameters, defaults filled in, `$param` references resolved. File parameters hold the path as written.
   */
  readonly params: { readonly [key: string]: Json };
  readonly files: readonly FileParam[];
  /** Versions of the cards that the parameters choose. */
  readonly cards?: Readonly<Record<string, number>>;
  /** Edges by input port, in the order of declaration; a list for `many` ports. */
  readonly inputs: Readonly<Record<string, Edge | readonly Edge[]>>;
  /** Name of the kind of every output, by output name; the default output comes first. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly light: boolean;
  readonly items?: {
    readonly over: string;
    readonly perItem: readonly string[];
    readonly batch: number;
    /** Fields of the items' entries that the node reads, by port. */
    readonly reads?: Readonly<Record<string, readonly string[]>>;
  };
  /** Time limit in seconds. */
  readonly timeout?: number;
  /**
   * Line of the step in the pipeline file, counted from 1. If a program defines the pipeline, the number of the step,
   * also counted from 1.
   */
  readonly line: number;
}

/**
 * A user's node file with the files that it imports by relative paths. The digest of all these files enters the keys of
 * the steps that use its node types.
 */
export interface UserModule {
  readonly path: string;
  readonly files: readonly string[];
  readonly types: readonly string[];
}

export interface Graph {
  readonly pipeline: string;
  /** Absolute path of the pipeline file, or `<code>` for a pipeline defined in a program. */
  readonly file: string;
  readonly params: { readonly [key: string]: Json };
  /** Steps in topological order. */
  readonly steps: readonly Step[];
  readonly modules: readonly UserModule[];
  /** Setting `numerics: { backend }` of the pipeline. It enters the keys. */
  readonly numerics?: { readonly backend: string };
}
