// Links one step without its edges: finds the points of its own sweep, validates their parameters and finds their
// files.
import type { NodeDefinition } from '../contracts/define.ts';
import { failure } from '../contracts/failure.ts';
import type { FileParam, Json, Step } from '../contracts/graph.ts';
import type { ParamSchema } from './describe-schema.ts';
import { namedFiles } from './find-file-params.ts';
import type { FileFinder } from './find-file-params.ts';
import { ownPoints } from './own-points.ts';
import type { StepDraft } from './pipeline-draft.ts';
import type { Point } from './points.ts';
import type { Substitution } from './resolve-params.ts';
import type { ParamValidator } from './validate-params.ts';
import { pointerParts } from './written.ts';

/** Context of one step. `report` attributes mistakes to this step. */
export interface StepContext extends Substitution {
  readonly validate: ParamValidator;
  readonly files: FileFinder;
}

/**
 * Returns the points of a step's own sweep. Wrong parameters are reported and left out, so that the following checks
 * still work. The list is empty if the points cannot be determined or the node type is unknown. For an unknown node
 * type, only references to parameters are checked.
 */
export function linkStep(
  draft: StepDraft,
  definition: NodeDefinition | undefined,
  context: StepContext,
): readonly Point[] {
  const { points, broken, lacksAxis } = ownPoints(draft, context);
  if (definition === undefined) return [];
  const linked = points.map((point) => linkPoint(point, { draft, definition, context, broken }));
  return lacksAxis ? [] : linked;
}

interface Linking {
  readonly draft: StepDraft;
  readonly definition: NodeDefinition;
  readonly context: StepContext;
  /** Names of the parameters about which a failure was already reported. */
  readonly broken: ReadonlySet<string>;
}

function linkPoint(point: Point, { draft, definition, context, broken }: Linking): Point {
  const params: Record<string, Json> = { ...point.params };
  const mistakes = context.validate(definition, params);
  const wrong = mistakes.filter(
    ({ pointer, failure: { reason } }) =>
      !broken.has(pointerParts(pointer)[0] ?? '') && !(draft.isPartial && reason === 'missing-parameter'),
  );
  for (const { pointer, isKey, failure: mistake } of wrong) {
    context.report(point.locate(pointer, isKey), mistake);
    Reflect.deleteProperty(params, pointerParts(pointer)[0] ?? '');
  }
  const { axes, locate } = point;
  if (wrong.length > 0) return { axes, params, files: [], locate };
  const items = itemsOf(definition, params, { draft, context });
  const cards = cardsOf(definition, params, { draft, context });
  const files = findFiles(definition, params, { point, context });
  return { axes, params, files, locate, ...(items && { items }), ...(cards && { cards }) };
}

interface FileSearch {
  readonly point: Point;
  readonly context: StepContext;
}

function findFiles(
  definition: NodeDefinition,
  params: Point['params'],
  { point, context: { files, report } }: FileSearch,
): readonly FileParam[] {
  return namedFiles(definition.params as ParamSchema, params).flatMap(({ pointer, written, folder }) => {
    const path = files.find(written);
    if (path !== undefined) return [{ pointer, path, ...(folder === undefined ? {} : { folder }) }];
    report(point.locate(pointer), failure('missing-file', { file: written, lookedFor: files.places(written) }));
    return [];
  });
}

function cardsOf(
  definition: NodeDefinition,
  params: Step['params'],
  linking: Pick<Linking, 'draft' | 'context'>,
): Point['cards'] {
  const refuse = refusalOf(definition, linking);
  try {
    const cards = definition.cards?.(params);
    const bad = Object.entries(cards ?? {}).find(([, version]) => !Number.isInteger(version));
    if (bad === undefined) return cards;
    refuse('"cards" has to give a whole number for every card', { [bad[0]]: String(bad[1]) });
  } catch (error) {
    refuse('"cards" throws', { message: (error as Error).message });
  }
  return undefined;
}

/** Returns a function that reports a mistake in the definition of the node type, at the step that uses it. */
function refusalOf({ type }: NodeDefinition, { draft, context }: Pick<Linking, 'draft' | 'context'>) {
  return (problem: string, values: Readonly<Record<string, string>>): void => {
    context.report(draft.key, failure('bad-node-type', { type, problem, values }));
  };
}

type Reads = NonNullable<Step['items']>['reads'] & object;

function itemsOf(
  definition: NodeDefinition,
  params: Step['params'],
  linking: Pick<Linking, 'draft' | 'context'>,
): Point['items'] {
  const { items, inputs } = definition;
  if (items === undefined) return undefined;
  let over: string;
  try {
    over = typeof items.over === 'function' ? items.over(params) : items.over;
  } catch (error) {
    refusalOf(definition, linking)('"items.over" throws', { message: (error as Error).message });
    return undefined;
  }
  const perItem = Object.entries(inputs).filter(([, port]) => port.perItem === true);
  const { batch, reads } = items;
  return {
    over,
    perItem: perItem.map(([name]) => name),
    batch,
    ...(reads === undefined ? {} : { reads: reads as Reads }),
  };
}
