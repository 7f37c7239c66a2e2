// Collects the mistakes in a pipeline, each with its position, so that all are reported together.
import type { Failure } from '../contracts/failure.ts';
import type { Place } from './written.ts';

/**
 * Receives a mistake and its position. A mistake on the command line has no position. A failure that already has a
 * range keeps it.
 */
export type Report = (place: Place | undefined, failure: Failure) => void;

/** Mistakes collected so far, and the function that adds a mistake. */
export interface Mistakes {
  readonly failures: readonly Failure[];
  readonly report: Report;
}

/** Collects mistakes. A mistake shared by many points of a sweep is recorded once. */
export function collectMistakes(): Mistakes {
  const failures: Failure[] = [];
  const seen = new Set<string>();
  return {
    failures,
    report(place, failure) {
      const placed = place === undefined ? failure : atPlace(place, failure);
      const text = `${placed.reason}\0${placed.headline}\0${JSON.stringify(placed.range ?? placed.values)}`;
      if (seen.has(text)) return;
      seen.add(text);
      failures.push(placed);
    },
  };
}

/** Returns a `Report` that attributes mistakes to a step. */
export function reportOf(step: string, report: Report): Report {
  return (place, failure) => report(place, { ...failure, step });
}

/**
 * Adds the position to a failure: a range in the file or, for a pipeline defined in code, a JSON pointer in the values.
 */
function atPlace(place: Place, failure: Failure): Failure {
  if (failure.range !== undefined) return failure;
  if (!('pointer' in place)) return { ...failure, range: place };
  return { ...failure, values: { at: place.pointer || '/', ...failure.values } };
}

/** Reasons of failures about a value that cannot be read. */
const UNREADABLE: ReadonlySet<string> = new Set(['unknown-anchor', 'inexact-number', 'yaml-tag']);

/**
 * Sorts failures by position; failures without a position come first. If a value cannot be read, other failures about
 * that value are dropped.
 */
export function sortFailures(failures: readonly Failure[], file: string): readonly Failure[] {
  const unreadable = new Set(
    failures.filter(({ reason }) => UNREADABLE.has(reason)).map(({ range }) => JSON.stringify(range)),
  );
  const worthSaying = failures.filter(
    ({ reason, range }) => UNREADABLE.has(reason) || !unreadable.has(JSON.stringify(range)),
  );
  const rank = ({ range }: Failure): number => (range === undefined ? 0 : range.file === file ? 1 : 2);
  return worthSaying.sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.range?.file ?? '').localeCompare(b.range?.file ?? '') ||
      (a.range?.start ?? 0) - (b.range?.start ?? 0),
  );
}
