// Failures: values that describe what can go wrong without a bug in Lethe. The catalogue (failures/) holds the wording
// of every reason. render-failure.ts formats failures for people, failure-json.ts for programs.
import { CATALOGUE } from './failures/catalogue.ts';
import type { Words } from './words.ts';

export type { Words } from './words.ts';

/** A range in a file: zero-based offsets into its text. */
export interface SourceRange {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/**
 * One failure. Lethe creates failures with `failure(reason, data)`. A node in a user's file states the reason and the
 * words itself.
 */
export interface Failure extends Words {
  /** Stable identifier, kebab-case, e.g. `unknown-key`, `missing-file`, `bad-weights`. */
  readonly reason: string;
  /**
   * Data from which the words were made; the reason determines the type of the data (see `DataOf`). Absent in failures
   * of users' own nodes.
   */
  readonly data?: unknown;
  readonly range?: SourceRange;
  /** Name of the step concerned, if any. */
  readonly step?: string;
  /** Name of the item concerned, if any, for example the name of an image file. */
  readonly item?: string;
}

/** Every reason in the catalogue. */
export type Reason = keyof typeof CATALOGUE;

/** Data that the words of a reason are made from. */
export type DataOf<R extends Reason> = Parameters<(typeof CATALOGUE)[R]>[0];

/** Union of all failures in the catalogue, discriminated by `reason`. */
export type KnownFailure = {
  [R in Reason]: Failure & { readonly reason: R; readonly data: DataOf<R> };
}[Reason];

/** Position of a failure: a range in the pipeline file, a step, an item. */
export type Place = Pick<Failure, 'range' | 'step' | 'item'>;

/** Creates a failure with the wording of the catalogue. */
export function failure<R extends Reason>(
  reason: R,
  data: DataOf<R>,
  place: Place = {},
): Failure & { readonly reason: R; readonly data: DataOf<R> } {
  const word = CATALOGUE[reason] as (given: DataOf<R>) => Words;
  return { reason, data, ...word(data), ...place };
}

/** Type guard: true if the failure has this reason. It narrows the type of `data`. */
export function hasReason<R extends Reason>(
  given: Failure,
  reason: R,
): given is Failure & { readonly reason: R; readonly data: DataOf<R> } {
  return given.reason === reason && given.data !== undefined;
}

/** Error that carries a failure through code that cannot return it (a node's `run`, a reader deep in a call stack). */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(given: Failure) {
    super(given.headline);
    this.name = 'FailureError';
    this.failure = given;
  }
}

/** Throws a failure. Unlike a `throw` statement, the call can be part of an expression. */
export function fail(given: Failure): never {
  throw new FailureError(given);
}

export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failures: readonly Failure[] };

/** Unsuccessful result with one failure. */
export function failed(one: Failure): Result<never> {
  return { ok: false, failures: [one] };
}
