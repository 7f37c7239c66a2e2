// Failures as JSON for programs, always in the same shape: the words that people see, and the data from which the words
// were made.
import { readFileSync } from 'node:fs';
import { positionOf } from '../../runtime/authoring/source-text.ts';
import type { Failure } from '../../runtime/contracts/failure.ts';

/** A failure as JSON. Lines and columns count from 1; the end is exclusive. */
export interface FailureJson {
  readonly reason: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly end_line?: number;
  readonly end_column?: number;
  readonly step?: string;
  readonly item?: string;
  readonly headline: string;
  readonly values?: Readonly<Record<string, string | number>>;
  readonly help?: string;
  readonly data?: unknown;
}

/** Converts a failure to JSON. `sources` maps paths to texts, which are used instead of files on disk. */
export function failureJson(failure: Failure, sources?: ReadonlyMap<string, string>): FailureJson {
  const { reason, step, item, values = {}, help, data } = failure;
  return {
    reason,
    ...placeOf(failure, sources),
    ...(step === undefined ? {} : { step }),
    ...(item === undefined ? {} : { item }),
    headline: failure.headline,
    ...(Object.keys(values).length === 0 ? {} : { values }),
    ...(help === undefined ? {} : { help }),
    ...(data === undefined ? {} : { data }),
  };
}

type Place = Pick<FailureJson, 'file' | 'line' | 'column' | 'end_line' | 'end_column'>;

function placeOf({ range }: Failure, sources: ReadonlyMap<string, string> | undefined): Place {
  if (range === undefined) return {};
  const { file, start, end } = range;
  const text = sources?.get(file) ?? readText(file);
  if (text === undefined) return { file };
  const from = positionOf(text, start);
  const to = positionOf(text, end);
  return { file, line: from.line, column: from.column, end_line: to.line, end_column: to.column };
}

function readText(file: string): string | undefined {
  try {
    return new TextDecoder().decode(readFileSync(file));
  } catch {
    return undefined;
  }
}
