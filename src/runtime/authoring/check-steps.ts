// Asks the node types that have a `check` about their steps, once ports are joined and sweeps are expanded, and puts what they say
// where it was written.
import type { Columns } from '../contracts/artifact.ts';
import type { CheckContext, InputPort, NodeDefinition, NodeMistake, UpstreamStep } from '../contracts/define.ts';
import type { TObject } from '@sinclair/typebox';
import type { ExpandedPoint } from './expand-sweeps.ts';
import { FailureError } from '../contracts/failure.ts';
import type { Failure } from '../contracts/failure.ts';
import type { Edge } from '../contracts/graph.ts';
import type { TypedStep } from './link-ports.ts';
import type { PlacedContent } from './link-step.ts';
import type { StepDraft } from './pipeline-draft.ts';
import { mistake } from './written.ts';
import type { Place } from './written.ts';

type Point = ExpandedPoint<PlacedContent>;
type Context = CheckContext<TObject, Readonly<Record<string, InputPort>>>;

/** Steps of which something is wrong already (`known`) are not asked: what they seem to lack may have been meant. */
export function checkSteps(
  steps: ReadonlyMap<string, TypedStep>,
  points: ReadonlyMap<string, readonly Point[]>,
  known: readonly Failure[],
): readonly Failure[] {
  const wrong = new Set(known.map(({ step }) => step));
  const asked = [...steps].filter(
    ([name, { draft, definition }]) => definition?.check !== undefined && !draft.isPartial && !wrong.has(name),
  );
  if (asked.length === 0) return [];
  const inputsOf = upstreamViews(steps, points);
  const failures: Failure[] = [];
  const seen = new Set<string>();
  for (const [name, { draft, definition }] of asked) {
    for (const point of points.get(name) ?? []) {
      const { content, locate } = point.point;
      const context: Context = {
        params: content.params,
        get inputs() {
          return inputsOf(point) as Context['inputs'];
        },
      };
      for (const { pointer, port, ...told } of ask(definition as NodeDefinition, context, known.length > 0)) {
        const place = pointer === undefined ? placeOfPort(draft, port) : locate(pointer);
        const failure = mistake(place, { reason: 'wrong-use', ...told, step: name });
        // One mistake, however many points of the sweep make it.
        const text = JSON.stringify(failure);
        if (!seen.has(text)) failures.push(failure);
        seen.add(text);
      }
    }
  }
  return failures;
}

/** @param isAmongWrong whether parameters of other steps may be missing, on which a `check` may stumble */
function ask(definition: NodeDefinition, context: Context, isAmongWrong: boolean): readonly NodeMistake[] {
  try {
    return definition.check?.(context) ?? [];
  } catch (error) {
    if (error instanceof FailureError) return [error.failure];
    if (isAmongWrong) return [];
    const message = error instanceof Error ? error.message : String(error);
    const headline = `the node type ${definition.type}: "check" throws`;
    return [{ reason: 'bad-node-type', headline, values: { message } }];
  }
}

function placeOfPort(draft: StepDraft, port: string | undefined): Place {
  return (port === undefined ? undefined : draft.from.get(port)?.key) ?? draft.use?.place ?? draft.key;
}

/** What comes into a point, by port. Views are made when they are looked at: a sweep may have very many edges. */
function upstreamViews(
  steps: ReadonlyMap<string, TypedStep>,
  points: ReadonlyMap<string, readonly Point[]>,
): (point: Point) => UpstreamStep['inputs'] {
  const places = new Map<string, { readonly definition: NodeDefinition | undefined; readonly point: Point }>();
  for (const [name, list] of points) {
    const definition = steps.get(name)?.definition;
    for (const point of list) places.set(point.name, { definition, point });
  }
  const viewOf = ({ step, output }: Edge): UpstreamStep => {
    // Steps come after what they need, so it is there.
    const { definition, point } = places.get(step) as NonNullable<ReturnType<typeof places.get>>;
    return {
      node: definition?.type ?? '',
      output,
      params: point.point.content.params,
      get columns() {
        return columnsOf(definition, output, inputsOf(point));
      },
      get inputs() {
        return inputsOf(point);
      },
    };
  };
  const inputsOf = (point: Point): UpstreamStep['inputs'] =>
    Object.fromEntries(
      Object.entries(point.inputs).map(([port, edges]) => [port, 'step' in edges ? viewOf(edges) : edges.map(viewOf)]),
    );
  return inputsOf;
}

/** Columns of an output: those of its kind, or as they follow from the inputs. */
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
