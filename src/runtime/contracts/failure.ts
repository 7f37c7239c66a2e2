// Failures: what can go wrong through no fault of ours, as values. The catalogue (failures/) words every reason once;
// render-failure.ts lays failures out for people, failure-json.ts for programs.
import { CATALOGUE } from './failures/catalogue.ts';
import type { Words } from './words.ts';

export type { Words } from './words.ts';

/** A place in a file, zero-based offsets into its text. */
export interface SourceRange {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** One failure. Ours are made by `failure(reason, data)`; a node of a user's own gives reason and words itself. */
export interface Failure extends Words {
  /** Stable identifier, kebab-case, e.g. `unknown-key`, `missing-file`, `bad-weights`. */
  readonly reason: string;
  /** What the words were made of, by reason: see `DataOf`. Absent in a failure of a user's own node. */
  readonly data?: unknown;
  readonly range?: SourceRange;
  /** The step concerned, if any. */
  readonly step?: string;
  /** The item concerned, if any: its name, for example that of an image file. */
  readonly item?: string;
}

/** Every reason that Lethe itself gives. */
export type Reason = keyof typeof CATALOGUE;

/** What the words of a reason are made of. */
export type DataOf<R extends Reason> = Parameters<(typeof CATALOGUE)[R]>[0];

/** The union of Lethe's own failures, told apart by `reason`. */
export type KnownFailure = {
  [R in Reason]: Failure & { readonly reason: R; readonly data: DataOf<R> };
}[Reason];

/** Where a failure belongs. */
export type Place = Pick<Failure, 'range' | 'step' | 'item'>;

/** A failure with the words of the catalogue. */
export function failure<R extends Reason>(
  reason: R,
  data: DataOf<R>,
  place: Place = {},
): Failure & { readonly reason: R; readonly data: DataOf<R> } {
  const word = CATALOGUE[reason] as (given: DataOf<R>) => Words;
  return { reason, data, ...word(data), ...place };
}

/** Whether a failure has this reason; its data are typed then. */
export function hasReason<R extends Reason>(
  given: Failure,
  reason: R,
): given is Failure & { readonly reason: R; readonly data: DataOf<R> } {
  return given.reason === reason && given.data !== undefined;
}

/** Carries a failure through code that cannot return it (a node's `run`, a reader deep in a stack). */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(given: Failure) {
    super(given.headline);
    this.name = 'FailureError';
    this.failure = given;
  }
}

/** Throws a failure; for use in expressions. */
export function fail(given: Failure): never {
  throw new FailureError(given);
}

export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failures: readonly Failure[] };

/** The result of something that failed for one reason. */
export function failed(one: Failure): Result<never> {
  return { ok: false, failures: [one] };
}
