// `lethe nodes [TYPE]`: the node types and their cards.
import type { InputPort, NodeDefinition } from '../runtime/contracts/define.ts';
import type { Arguments } from './arguments.ts';
import type { Screen } from './screen.ts';

interface ParamSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly const?: string | number | boolean;
  readonly anyOf?: readonly ParamSchema[];
  readonly items?: ParamSchema;
}

export async function nodes(args: Arguments, screen: Screen): Promise<number> {
  const { registry } = await import('../registry.ts');
  const type = args.positionals[0];
  if (type === undefined) {
    const cards = await Promise.all(registry.types.map((name) => registry.load(name)));
    if (screen.json) for (const card of cards) screen.line(cardJson(card));
    else for (const card of cards) screen.print(`${card.type.padEnd(20)}${firstSentence(card.doc)}`);
    return 0;
  }
  if (!registry.types.includes(type)) {
    const { didYouMean } = await import('../runtime/contracts/did-you-mean.ts');
    const near = didYouMean(type, registry.types);
    const values = near === undefined ? {} : { values: { 'did you mean': near } };
    const failure = { reason: 'unknown-node', headline: `there is no node type ${type}`, ...values };
    return screen.fail([{ ...failure, help: `Node types: ${registry.types.join(', ')}` }], 2);
  }
  const card = await registry.load(type);
  if (screen.json) screen.line(cardJson(card));
  else screen.print(describe(card));
  return 0;
}

const firstSentence = (doc: string): string => doc.split('\n')[0] ?? doc;

function cardJson(card: NodeDefinition): unknown {
  const { type, version, doc, params, examples, light } = card;
  const inputs = Object.fromEntries(
    Object.entries(card.inputs).map(([name, port]) => [name, { ...port, kind: kindNames(port) }]),
  );
  const outputs = Object.fromEntries(
    Object.entries(card.outputs).map(([name, port]) => [name, { ...port, kind: port.kind.name }]),
  );
  return {
    type,
    version,
    doc,
    params,
    inputs,
    outputs,
    examples,
    light: light === true,
    items: card.items !== undefined,
  };
}

const kindNames = (port: InputPort): readonly string[] => [port.kind].flat().map((kind) => kind.name);

function describe(card: NodeDefinition): string {
  const inputs = Object.entries(card.inputs).map(([name, port]): [string, string] => {
    const traits = [port.many && 'many', port.optional && 'optional', port.perItem && 'item by item'].filter(Boolean);
    return [name, `${kindNames(port).join(' or ')}${traits.length > 0 ? ` (${traits.join(', ')})` : ''}: ${port.doc}`];
  });
  const outputs = Object.entries(card.outputs).map(([name, port]): [string, string] => [
    name,
    `${port.kind.name}: ${port.doc}`,
  ]);
  const params = Object.entries(card.params.properties).map(([name, schema]): [string, string] => [
    name,
    describeParam(schema as ParamSchema, card.params.required?.includes(name) === true),
  ]);
  return [
    `${card.type} (version ${card.version})`,
    card.doc,
    ...section('Inputs', inputs),
    ...section('Outputs', outputs),
    ...section('Parameters', params),
    '',
    'Example:',
    ...(card.examples[0] ?? '')
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
  ].join('\n');
}

function section(title: string, rows: readonly [string, string][]): string[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return ['', `${title}:`, ...rows.map(([name, doc]) => `  ${name.padEnd(width)}${doc}`)];
}

function describeParam(schema: ParamSchema, required: boolean): string {
  const absent = required ? 'required' : 'optional';
  const fallback = schema.default === undefined ? absent : `default ${JSON.stringify(schema.default)}`;
  return `${allowed(schema)}, ${fallback}${schema.description === undefined ? '' : `: ${schema.description}`}`;
}

function allowed(schema: ParamSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(allowed).join(' | ');
  if (schema.const !== undefined) return String(schema.const);
  if (schema.type === 'array') return `list of ${schema.items === undefined ? 'anything' : allowed(schema.items)}`;
  const least = schema.exclusiveMinimum === undefined ? schema.minimum : schema.exclusiveMinimum;
  const sign = schema.exclusiveMinimum === undefined ? '>=' : '>';
  const range = [
    ...(least === undefined ? [] : [`${sign} ${least}`]),
    ...(schema.maximum === undefined ? [] : [`<= ${schema.maximum}`]),
  ];
  return [schema.type ?? 'anything', ...range].join(' ');
}
