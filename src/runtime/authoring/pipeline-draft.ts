// Drafts: pipelines whose structure has been read but whose meaning has not been checked. parse.ts creates them,
// link.ts reads them.
import type { Place, WrittenEntry, WrittenMap } from './written.ts';

export interface PipelineDraft {
  readonly name: string;
  /** Absolute path of the pipeline file, or `<code>`. */
  readonly file: string;
  /** Parameters with their defaults. */
  readonly params: ReadonlyMap<string, WrittenEntry>;
  /** Paths of files with the user's own node types, as written. */
  readonly modules: readonly Named[];
  readonly numerics?: { readonly backend: string };
  readonly steps: ReadonlyMap<string, StepDraft>;
}

/** A name in the pipeline that refers to something, with its position. */
export interface Named {
  readonly name: string;
  readonly place: Place;
}

export interface StepDraft {
  readonly name: string;
  /** Position of the step's name. */
  readonly key: Place;
  /** Line of the step in the file, from 1; in code, its number. */
  readonly line: number;
  /** Node type; absent if it is missing or not a text, which is reported. */
  readonly use?: Named;
  readonly with?: WrittenMap;
  readonly from: ReadonlyMap<string, PortDraft>;
  readonly each: ReadonlyMap<string, WrittenEntry>;
  readonly timeout?: number;
  /** True if part of the step could not be read. A parameter or port that seems to be missing may be in that part. */
  readonly isPartial: boolean;
}

export interface PortDraft {
  readonly key: Place;
  readonly isList: boolean;
  readonly references: readonly Reference[];
}

/** Reference to an output: `step` or `step.output`. */
export interface Reference {
  readonly step: string;
  readonly output?: string;
  readonly place: Place;
}
