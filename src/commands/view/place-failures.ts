// Places failures of steps: where the step is written in the pipeline file, so that a user sees which line to change.
import { readFileSync } from 'node:fs';
import type { Failure, SourceRange } from '../../runtime/contracts/failure.ts';
import type { Graph } from '../../runtime/contracts/graph.ts';
import { lineStarts } from '../../runtime/authoring/source-text.ts';

/** The failure of a step with the step's place; one that has a place of its own keeps it. */
export function placeFailure(graph: Graph, failure: Failure, name: string): Failure {
  const step = graph.steps.find((one) => one.name === name);
  if (failure.range !== undefined || step === undefined) return failure;
  const range = placeOfStep(graph.file, step);
  if (range === undefined) return failure;
  // The renderer shows either the place or the step: the name of a point of a sweep is added as a value.
  return {
    ...failure,
    range,
    values: step.name === step.base ? { ...failure.values } : { step: name, ...failure.values },
  };
}

/** The place of the step's name in the file; undefined if an edit has moved it since. */
function placeOfStep(
  file: string,
  { base, line }: { readonly base: string; readonly line: number },
): SourceRange | undefined {
  try {
    // Without a byte order mark, as the reader of pipelines does.
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
