// Adds positions to failures of steps: the line of the step in the pipeline file, so that users see which line to
// change.
import { readFileSync } from 'node:fs';
import type { Failure, SourceRange } from '../../runtime/contracts/failure.ts';
import type { Graph } from '../../runtime/contracts/graph.ts';
import { lineStarts } from '../../runtime/authoring/source-text.ts';

/** Returns the failure with the position of its step. A failure that already has a position is not changed. */
export function placeFailure(graph: Graph, failure: Failure, name: string): Failure {
  const step = graph.steps.find((one) => one.name === name);
  if (failure.range !== undefined || step === undefined) return failure;
  const range = placeOfStep(graph.file, step);
  if (range === undefined) return failure;
  // The renderer shows either the position or the step. For a point of a sweep, the step's name is therefore added as a
  // value.
  return {
    ...failure,
    range,
    values: step.name === step.base ? { ...failure.values } : { step: name, ...failure.values },
  };
}

/** Range of the step's name in the file; undefined if the file was edited in the meantime. */
function placeOfStep(
  file: string,
  { base, line }: { readonly base: string; readonly line: number },
): SourceRange | undefined {
  try {
    // The decoder removes a byte order mark, as the reader of pipelines does, so that positions agree.
    const text = new TextDecoder().decode(readFileSync(file));
    const from = lineStarts(text)[line - 1] ?? text.length;
    const at = text.indexOf(base, from);
    const isKey = at >= 0 && !/[^\s'"{,]/.test(text.slice(from, at)) && /[\s'":]/.test(text.charAt(at + base.length));
    if (!isKey) return undefined;
    return { file, start: at, end: at + base.length };
  } catch {
    return undefined;
  }
}
