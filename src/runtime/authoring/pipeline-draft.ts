// A pipeline whose form has been read but whose meaning has not been checked: what parse.ts hands to link.ts.
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
  /** Absent where it was left out or is no text: a failure says so. */
  readonly use?: Named;
  readonly with?: WrittenMap;
  readonly from: ReadonlyMap<string, PortDraft>;
  readonly each: ReadonlyMap<string, WrittenEntry>;
  readonly timeout?: number;
  /** Something of it could not be read: what seems to be missing may have been meant there. */
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
