// The linked graph: plain JSON, self-contained, so that planning a cached run loads no node file.
// Produced only by link.ts; consumed by plan.ts and run.ts.
import type { Axes } from './define.ts';
import type { Json } from './canonical.ts';

export type { Json } from './canonical.ts';

/** An edge into a port. `axes` is the upstream point of the sweep. */
export interface Edge {
  readonly step: string;
  readonly output: string;
  readonly axes: Axes;
}

/** A file named in params: its parameter is replaced by the content digest in the action. */
export interface FileParam {
  /** JSON pointer within params, e.g. `/files/0`. */
  readonly pointer: string;
  readonly path: string;
  /** Pointer of the parameter with the folder in which the path starts: its text is no part of the action. */
  readonly folder?: string;
}

/** An instance of a node type at one point of its axes. */
export interface Step {
  /** `sigma` or `sigma[architecture=resnet20,layer=conv1]`. */
  readonly name: string;
  /** The name written in the YAML. */
  readonly base: string;
  readonly axes: Axes;
  readonly node: string;
  readonly version: number;
  /** For node types of the user's project: index into `Graph.modules`. */
  readonly module?: number;
  /** Validated, defaults filled in, `$param` resolved. File parameters hold the path as written. */
  readonly params: { readonly [key: string]: Json };
  readonly files: readonly FileParam[];
  /** Versions of the cards that the parameters choose. */
  readonly cards?: Readonly<Record<string, number>>;
  /** Input ports in declaration order; a list for `many` ports. */
  readonly inputs: Readonly<Record<string, Edge | readonly Edge[]>>;
  /** Output names, the default one first, with their kinds. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly light: boolean;
  readonly items?: {
    readonly over: string;
    readonly perItem: readonly string[];
    readonly batch: number;
    /** Fields of the items' entries that the node reads, by port. */
    readonly reads?: Readonly<Record<string, readonly string[]>>;
  };
  /** Seconds. */
  readonly timeout?: number;
  /** Position of the step in the pipeline file. */
  readonly line: number;
}

/** A user's node file and the files it imports relatively; its digest enters the keys of its steps. */
export interface UserModule {
  readonly path: string;
  readonly files: readonly string[];
  readonly types: readonly string[];
}

export interface Graph {
  readonly pipeline: string;
  /** Absolute path of the pipeline file, or `<code>` for one defined in a program. */
  readonly file: string;
  readonly params: { readonly [key: string]: Json };
  /** In topological order. */
  readonly steps: readonly Step[];
  readonly modules: readonly UserModule[];
  /** `numerics: { backend }` of the pipeline: enters the keys. */
  readonly numerics?: { readonly backend: string };
}
