// Calls the `check` of every step's node type, after ports are connected and sweeps are expanded. Reports the mistakes
// at their positions in the pipeline.
import type { Columns } from '../contracts/artifact.ts';
import type {
  CheckContext,
  InputPort,
  NodeDefinition,
  NodeMistake,
  OutputPort,
  UpstreamStep,
} from '../contracts/define.ts';
import type { TObject } from '@sinclair/typebox';
import { causesOf, messageOf } from '../contracts/describe-throw.ts';
import { failure, FailureError } from '../contracts/failure.ts';
import type { Edge } from '../contracts/graph.ts';
import { numbered } from '../contracts/words.ts';
import type { TypedStep } from './link-ports.ts';
import type { StepDraft } from './pipeline-draft.ts';
import type { JoinedPoint } from './points.ts';
import { reportOf } from './report.ts';
import type { Mistakes } from './report.ts';
import type { Place } from './written.ts';

type Context = CheckContext<TObject, Readonly<Record<string, InputPort>>>;
type Steps = ReadonlyMap<string, TypedStep>;
type Points = ReadonlyMap<string, readonly JoinedPoint[]>;

/**
 * Checks every step that has no failure yet. In a step with a failure, further mistakes would likely be consequences of
 * that failure.
 */
export function checkSteps(steps: Steps, points: Points, { failures, report }: Mistakes): void {
  const wrong = new Set(failures.map(({ step }) => step));
  const asked = [...steps].filter(
    ([name, { draft, definition }]) => definition?.check !== undefined && !draft.isPartial && !wrong.has(name),
  );
  if (asked.length === 0) return;
  const isAmongWrong = failures.length > 0;
  const inputsOf = upstreamViews(steps, points);
  for (const [name, { draft, definition }] of asked) {
    for (const point of points.get(name) ?? []) {
      const context: Context = {
        params: point.params,
        get inputs() {
          return inputsOf(point) as Context['inputs'];
        },
      };
      for (const { pointer, port, ...said } of ask(definition as NodeDefinition, context, isAmongWrong)) {
        const place = pointer === undefined ? placeOfPort(draft, port) : point.locate(pointer);
        reportOf(name, report)(place, { reason: 'wrong-use', ...said });
      }
    }
  }
}

/**
 * Calls `check` and returns its mistakes.
 * @param isAmongWrong true if other steps have failures. Parameters of those steps may be missing, so exceptions of
 * `check` are ignored.
 */
function ask(definition: NodeDefinition, context: Context, isAmongWrong: boolean): readonly NodeMistake[] {
  try {
    return definition.check?.(context) ?? [];
  } catch (error) {
    if (error instanceof FailureError) return [error.failure];
    if (isAmongWrong) return [];
    const values = { message: messageOf(error), ...numbered('cause', causesOf(error)) };
    return [failure('bad-node-type', { type: definition.type, problem: '"check" throws', values })];
  }
}

function placeOfPort(draft: StepDraft, port: string | undefined): Place {
  return (port === undefined ? undefined : draft.from.get(port)?.key) ?? draft.use?.place ?? draft.key;
}

/**
 * Returns the result of the port's `foresee`. Undefined if the port has no `foresee`, or if it throws, as it may for
 * wrong parameters.
 */
function foresee(
  port: OutputPort | undefined,
  params: UpstreamStep['params'],
  inputs: UpstreamStep['inputs'],
): unknown {
  try {
    return port?.foresee?.(params, inputs);
  } catch {
    return undefined;
  }
}

/**
 * Returns a function that lists the upstream steps of a point, by port. The inputs of an upstream step are listed only
 * when they are read, because a sweep may have very many edges.
 */
function upstreamViews(steps: Steps, points: Points): (point: JoinedPoint) => UpstreamStep['inputs'] {
  const places = new Map<string, { readonly definition: NodeDefinition | undefined; readonly point: JoinedPoint }>();
  for (const [name, list] of points) {
    const definition = steps.get(name)?.definition;
    for (const point of list) places.set(point.name, { definition, point });
  }
  const viewOf = ({ step, output }: Edge): UpstreamStep => {
    // defined, because a step is left out of the points if one of its upstream steps is missing
    const { definition, point } = places.get(step)!;
    const { params } = point;
    return {
      node: definition?.type ?? '',
      output,
      params,
      get foreseen() {
        return foresee(definition?.outputs[output], params, inputsOf(point));
      },
      get columns() {
        return columnsOf(definition, output, inputsOf(point));
      },
      get inputs() {
        return inputsOf(point);
      },
    };
  };
  const inputsOf = (point: JoinedPoint): UpstreamStep['inputs'] =>
    Object.fromEntries(
      Object.entries(point.inputs).map(([port, edges]) => [port, 'step' in edges ? viewOf(edges) : edges.map(viewOf)]),
    );
  return inputsOf;
}

/**
 * Columns of an output: computed by the port's `columns` if it has this function, else declared by the kind. Undefined
 * if the output is not a table.
 */
function columnsOf(
  definition: NodeDefinition | undefined,
  output: string,
  inputs: UpstreamStep['inputs'],
): Columns | undefined {
  const port = definition?.outputs[output];
  if (port?.columns === undefined) return port?.kind.columns;
  const incoming = Object.entries(inputs).map(([name, steps]): [string, readonly Columns[]] => [
    name,
    (steps === undefined ? [] : 'node' in steps ? [steps] : steps).flatMap((step) =>
      step.columns === undefined ? [] : [step.columns],
    ),
  ]);
  return port.columns(Object.fromEntries(incoming));
}
