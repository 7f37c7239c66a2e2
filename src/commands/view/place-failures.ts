// Failures of steps while they run, with the place of the step in the pipeline file: what they say seldom tells which line to mend.
import { readFileSync } from 'node:fs';
import type { LetheEvent } from '../../runtime/contracts/events.ts';
import type { Failure, SourceRange } from '../../runtime/contracts/failure.ts';
import type { Graph } from '../../runtime/contracts/graph.ts';
import { lineStarts } from '../../runtime/authoring/source-text.ts';

export function placeFailures(graph: Graph, onEvent: (event: LetheEvent) => void): (event: LetheEvent) => void {
  return (event) => {
    if (event.event !== 'step-finished' || event.failure === undefined) {
      onEvent(event);
      return;
    }
    onEvent({ ...event, failure: placed(graph, event.failure, event.step) });
  };
}

/** A failure that has a place of its own keeps it. */
function placed(graph: Graph, failure: Failure, name: string): Failure {
  const step = graph.steps.find((one) => one.name === name);
  if (failure.range !== undefined || step === undefined) return failure;
  const range = placeOfStep(graph.file, step);
  if (range === undefined) return failure;
  // Where the place is shown, the step's name is not; of a sweep it says which point failed.
  return {
    ...failure,
    range,
    values: step.name === step.base ? { ...failure.values } : { step: name, ...failure.values },
  };
}

/** The step's name in the file; nothing if it has been edited since so that it is elsewhere. */
function placeOfStep(
  file: string,
  { base, line }: { readonly base: string; readonly line: number },
): SourceRange | undefined {
  try {
    // As the reader of pipelines does: without a byte order mark.
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
