// Drafts: pipelines whose structure has been read but whose meaning has not been checked. parse.ts creates them,
// link.ts reads them.
import type { Place, WrittenEntry, WrittenMap } from './written.ts';

export interface PipelineDraft {
  readonly name: string;
  /** Absolute path of the pipeline file, or `<code>`. */
  readonly file: string;
  /** Defaults by parameter. */
  readonly params: ReadonlyMap<string, WrittenEntry>;
  /** Paths of files with the user's own node types, as written. */
  readonly modules: readonly Named[];
  readonly numerics?: { readonly backend: string };
  readonly steps: ReadonlyMap<string, StepDraft>;
}

/** A name written in the pipeline, for example of a node type, with its position. */
export interface Named {
  readonly name: string;
  readonly place: Place;
}

export interface StepDraft {
  readonly name: string;
  /** Position of the step's name. */
  readonly key: Place;
  /** Line of the step in the file, from 1. In a pipeline defined in code: the number of the step, from 1. */
  readonly line: number;
  /** Node type. Absent if `use` is missing or not a text; check-form.ts reports this. */
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
