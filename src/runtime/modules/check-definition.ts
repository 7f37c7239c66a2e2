// Checks the node types that a user's file exports. TypeScript would find these mistakes, but files are not
// type-checked before a run.
import type { Kind } from '../contracts/artifact.ts';
import type { NodeDefinition } from '../contracts/define.ts';
import { failure } from '../contracts/failure.ts';
import type { Failure } from '../contracts/failure.ts';

/** Pattern of a name in kebab-case. */
const TYPE_NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

export interface Export {
  readonly name: string;
  readonly file: string;
}

export function checkDefinition(value: unknown, { name, file }: Export): readonly Failure[] {
  const definition = value as Partial<NodeDefinition>;
  const title = typeof definition.type === 'string' ? definition.type : name;
  return mistakesIn(definition).map((mistake) =>
    failure('bad-node-type', { type: title, problem: mistake, values: { file, export: name } }),
  );
}

function mistakesIn(definition: Partial<NodeDefinition>): readonly string[] {
  const { type, version, doc, params, inputs, outputs, check, cards, run, items, timeout } = definition as Record<
    keyof NodeDefinition,
    unknown
  >;
  const mistakes: string[] = [];
  if (typeof type !== 'string' || !TYPE_NAME.test(type)) mistakes.push('"type" has to be in kebab-case, e.g. my-node');
  if (!Number.isInteger(version) || (version as number) < 1) mistakes.push('"version" has to be a whole number from 1');
  if (typeof doc !== 'string' || doc === '') mistakes.push('"doc" has to describe the node');
  if (!isMap(params) || params['type'] !== 'object' || !isMap(params['properties']))
    mistakes.push('"params" has to be Type.Object({ ... })');
  if ((typeof run === 'function') === isMap(items))
    mistakes.push('exactly one of "run" (a function) and "items" has to be given');
  if (check !== undefined && typeof check !== 'function') mistakes.push('"check" has to be a function');
  if (cards !== undefined && typeof cards !== 'function') mistakes.push('"cards" has to be a function');
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout > 0))
    mistakes.push('"timeout" has to be a number of seconds');
  const inputKinds = portKinds(inputs, 'inputs', mistakes);
  const outputKinds = portKinds(outputs, 'outputs', mistakes);
  if (outputKinds.size === 0 && isMap(outputs)) mistakes.push('there has to be at least one output');
  if (isMap(items)) mistakes.push(...mistakesInItems(items, inputKinds, outputKinds));
  return mistakes;
}

type Kinds = ReadonlyMap<string, readonly Kind[]>;

function portKinds(ports: unknown, what: 'inputs' | 'outputs', mistakes: string[]): Kinds {
  const kinds = new Map<string, readonly Kind[]>();
  if (!isMap(ports)) {
    mistakes.push(`"${what}" has to be a map of ports`);
    return kinds;
  }
  for (const [name, port] of Object.entries(ports)) {
    const list = isMap(port) ? [port['kind']].flat() : [];
    if (list.length === 0 || !list.every(isKind))
      mistakes.push(`${what}.${name}: "kind" has to be made by defineKind({ name, doc, codec })`);
    else if (what === 'outputs' && list.length > 1) mistakes.push(`outputs.${name}: an output has one kind`);
    else if (isMap(port) && port['foresee'] !== undefined && typeof port['foresee'] !== 'function')
      mistakes.push(`outputs.${name}: "foresee" has to be a function`);
    else kinds.set(name, list);
  }
  return kinds;
}

function mistakesInItems(items: Readonly<Record<string, unknown>>, inputs: Kinds, outputs: Kinds): readonly string[] {
  const { over, batch, reads, run, collect } = items;
  const mistakes: string[] = [];
  if (typeof over === 'string' ? !inputs.has(over) : typeof over !== 'function')
    mistakes.push('"items.over" has to name an input');
  if (!Number.isInteger(batch) || (batch as number) < 1) mistakes.push('"items.batch" has to be a whole number from 1');
  if (typeof run !== 'function') mistakes.push('"items.run" has to be a function');
  if (collect !== undefined && typeof collect !== 'function') mistakes.push('"items.collect" has to be a function');
  mistakes.push(...mistakesInReads(reads, inputs));
  const [first] = [...outputs.values()];
  if (outputs.size !== 1 || first?.[0]?.codec !== 'table')
    mistakes.push('a node type with "items" has exactly one output, of a table kind');
  return mistakes;
}

function mistakesInReads(reads: unknown, inputs: Kinds): readonly string[] {
  if (reads === undefined) return [];
  if (!isMap(reads)) return ['"items.reads" has to be a map from ports to lists of fields'];
  return Object.entries(reads).flatMap(([port, fields]) => {
    if (!inputs.has(port)) return [`items.reads: there is no input "${port}"`];
    const areNames = Array.isArray(fields) && fields.every((field) => typeof field === 'string');
    return areNames ? [] : [`items.reads.${port} has to be a list of names of fields`];
  });
}

function isKind(value: unknown): value is Kind {
  return (
    isMap(value) &&
    typeof value['name'] === 'string' &&
    (value['codec'] === 'json' || (value['codec'] === 'table' && isMap(value['columns'])))
  );
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
