// The catalogue of what can go wrong through no fault of ours. Failures are values; one renderer words them all.

/** A place in a file, zero-based offsets into its text. */
export interface SourceRange {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** What every failure comes down to when shown: a headline, labelled values, and what to do. */
export interface Failure {
  /** Stable identifier, kebab-case, e.g. `unknown-key`, `missing-file`, `bad-weights`. */
  readonly reason: string;
  readonly headline: string;
  readonly values?: Readonly<Record<string, string | number>>;
  readonly help?: string;
  readonly range?: SourceRange;
  /** The step concerned, if any. */
  readonly step?: string;
}

/** Carries a failure through code that cannot return it (a node's `run`, a reader deep in a stack). */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.headline);
    this.name = 'FailureError';
    this.failure = failure;
  }
}

/** Throws a failure; for use in expressions. */
export function fail(failure: Failure): never {
  throw new FailureError(failure);
}

export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failures: readonly Failure[] };
