// Links one step on its own: the points of its sweep with validated parameters and found files. Edges are joined elsewhere.
import type { Axes, NodeDefinition } from '../contracts/define.ts';
import type { ParamSchema } from './describe-schema.ts';
import type { Explained } from './explain-errors.ts';
import type { Failure } from '../contracts/failure.ts';
import { findFile, namedFiles, placesOf } from './find-file-params.ts';
import type { Folders, FoundFiles } from './find-file-params.ts';
import type { FileParam, Json, Step } from '../contracts/graph.ts';
import { missingFile } from './load-definitions.ts';
import { ownPoints } from './own-points.ts';
import type { WrittenParams } from './own-points.ts';
import type { StepDraft } from './pipeline-draft.ts';
import type { Substitution } from './resolve-params.ts';
import type { ParamValidator } from './validate-params.ts';
import { mistake, placeAt, plain, unescapePointer } from './written.ts';
import type { Place } from './written.ts';

/** What a point of a step's own sweep fixes; shared by all steps of the graph that come of it. */
export interface PointContent {
  readonly params: Step['params'];
  readonly files: readonly FileParam[];
  readonly items?: Step['items'];
  readonly cards?: Step['cards'];
}

/** A point with the places of its parameters, for what is found wrong later. */
export interface PlacedContent {
  readonly content: PointContent;
  readonly locate: (pointer: string) => Place;
}

export interface LinkedPoint {
  readonly axes: Axes;
  readonly point: PlacedContent;
}

export interface StepContext extends Substitution {
  readonly validate: ParamValidator;
  readonly folders: Folders;
  /** Shared by all steps. */
  readonly found: FoundFiles;
}

/**
 * The points of a step, those of its parameters that are wrong left out: what comes after it can still be judged. None where it is not
 * known which points there are. Of a step without a node type only references are checked.
 */
export function linkStep(
  draft: StepDraft,
  definition: NodeDefinition | undefined,
  context: StepContext,
): readonly LinkedPoint[] {
  const { points, broken, lacksAxis } = ownPoints(draft, context);
  if (definition === undefined) return [];
  const seen = new Set<string>();
  const linked: LinkedPoint[] = [];
  for (const { axes, params: written } of points) {
    const locate = (pointer: string, isKey: boolean): Place => locateParam(draft, written, { pointer, isKey });
    const params: Record<string, Json> = Object.fromEntries(
      [...written].map(([name, { value }]) => [name, plain(value)]),
    );
    const isTold = ({ pointer, failure }: Explained): boolean =>
      !broken.has(unescapePointer(pointer)[0] ?? '') && !(draft.isPartial && failure.reason === 'missing-parameter');
    const explained = context.validate(definition, params).filter(isTold);
    const failures = explained.map(({ pointer, isKey, failure }) =>
      mistake(locate(pointer, isKey), { ...failure, step: draft.name }),
    );
    const files = explained.length > 0 ? [] : findFiles(definition, params, { draft, context, locate, failures });
    const report = (failure: Failure): unknown => failures.push(mistake(draft.key, { ...failure, step: draft.name }));
    const items = explained.length > 0 ? undefined : itemsOf(definition, params, report);
    const cards = explained.length > 0 ? undefined : cardsOf(definition, params, report);
    for (const { pointer } of explained) Reflect.deleteProperty(params, unescapePointer(pointer)[0] ?? '');
    // A mistake under "with" is one mistake, however many points the sweep has.
    for (const failure of failures) {
      const text = JSON.stringify(failure);
      if (!seen.has(text)) context.failures.push(failure);
      seen.add(text);
    }
    const content = { params, files, ...(items === undefined ? {} : { items }), ...(cards && { cards }) };
    linked.push({ axes, point: { content, locate: (pointer) => locate(pointer, false) } });
  }
  return lacksAxis ? [] : linked;
}

/** Where a parameter, or something in it, was written; for one that was not, where it could be. */
function locateParam(
  draft: StepDraft,
  written: WrittenParams,
  { pointer, isKey }: { pointer: string; isKey: boolean },
): Place {
  const [name = '', ...rest] = unescapePointer(pointer);
  const entry = written.get(name);
  if (entry === undefined) return draft.use?.place ?? draft.key;
  if (rest.length === 0) return isKey ? entry.key : entry.value.place;
  return placeAt(entry.value, pointer.slice(pointer.indexOf('/', 1)), isKey);
}

interface FileSearch {
  readonly draft: StepDraft;
  readonly context: StepContext;
  readonly locate: (pointer: string, isKey: boolean) => Place;
  readonly failures: Failure[];
}

function findFiles(
  definition: NodeDefinition,
  params: Step['params'],
  { draft, context, locate, failures }: FileSearch,
): readonly FileParam[] {
  const files: FileParam[] = [];
  for (const { pointer, written, folder } of namedFiles(definition.params as ParamSchema, params)) {
    const path = findFile(written, context.folders, context.found);
    if (path === undefined) {
      const failure = missingFile(written, placesOf(written, context.folders));
      failures.push(mistake(locate(pointer, false), { ...failure, step: draft.name }));
    } else files.push({ pointer, path, ...(folder === undefined ? {} : { folder }) });
  }
  return files;
}

function cardsOf(
  definition: NodeDefinition,
  params: Step['params'],
  report: (failure: Failure) => void,
): Step['cards'] | undefined {
  try {
    return definition.cards?.(params);
  } catch (error) {
    report({
      reason: 'bad-node-type',
      headline: `the node type ${definition.type}: "cards" throws`,
      values: { message: (error as Error).message },
    });
    return undefined;
  }
}

type Reads = NonNullable<Step['items']>['reads'] & object;

function itemsOf(
  definition: NodeDefinition,
  params: Step['params'],
  report: (failure: Failure) => void,
): Step['items'] | undefined {
  const { items, inputs, type } = definition;
  if (items === undefined) return undefined;
  let over: string;
  try {
    over = typeof items.over === 'function' ? items.over(params) : items.over;
  } catch (error) {
    report({
      reason: 'bad-node-type',
      headline: `the node type ${type}: "items.over" throws`,
      values: { message: (error as Error).message },
    });
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
