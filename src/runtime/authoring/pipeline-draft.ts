// Drafts: pipelines whose form has been read but whose meaning has not been checked. parse.ts makes them, link.ts takes them.
import type { Place, WrittenEntry, WrittenMap } from './written.ts';

export interface PipelineDraft {
  readonly name: string;
  /** Absolute path of the pipeline file, or `<code>`. */
  readonly file: string;
  /** Parameters with their defaults. */
  readonly params: ReadonlyMap<string, WrittenEntry>;
  /** Files with the user's own node types, as written. */
  readonly modules: readonly Named[];
  readonly numerics?: { readonly backend: string };
  readonly steps: ReadonlyMap<string, StepDraft>;
}

/** A name that refers to something, with its place. */
export interface Named {
  readonly name: string;
  readonly place: Place;
}

export interface StepDraft {
  readonly name: string;
  /** Place of the step's name. */
  readonly key: Place;
  /** Line of the step in the file (in code: its number), from 1. */
  readonly line: number;
  /** Absent where it was left out or is no text, which is reported. */
  readonly use?: Named;
  readonly with?: WrittenMap;
  readonly from: ReadonlyMap<string, PortDraft>;
  readonly each: ReadonlyMap<string, WrittenEntry>;
  readonly timeout?: number;
  /** Part of the step could not be read: a parameter or port that seems to be missing may have been meant there. */
  readonly isPartial: boolean;
}

export interface PortDraft {
  readonly key: Place;
  readonly isList: boolean;
  readonly references: readonly Reference[];
}

/** `step` or `step.output`. */
export interface Reference {
  readonly step: string;
  readonly output?: string;
  readonly place: Place;
}
