// Converts the cards of node types to JSON and to text, for `lethe nodes`, schemas/catalog.json and other programs.
import type { InputPort, NodeDefinition, OutputPort } from '../contracts/define.ts';
import type { Json } from '../contracts/graph.ts';
import { describeSchema, firstSentence } from './describe-schema.ts';
import type { ParamSchema } from './describe-schema.ts';

/** Card as plain JSON: everything about the node type except its code. */
export function cardOf(node: NodeDefinition): { readonly [key: string]: Json } {
  return {
    type: node.type,
    ...formerNames(node),
    version: node.version,
    doc: node.doc,
    // removes the symbols that TypeBox adds to a schema
    params: JSON.parse(JSON.stringify(node.params)) as Json,
    inputs: mapPorts(node.inputs, (port) => ({ ...port, kind: kindNames(port) })),
    outputs: mapPorts(node.outputs, ({ kind, ...port }) => ({ kind: kind.name, doc: port.doc, ...formerNames(port) })),
    light: node.light === true,
    items: node.items !== undefined,
    ...(node.timeout === undefined ? {} : { timeout: node.timeout }),
    examples: node.examples,
  };
}

function formerNames({ formerly }: { readonly formerly?: readonly string[] }): {
  readonly formerly?: readonly string[];
} {
  return formerly === undefined ? {} : { formerly };
}

function mapPorts<P extends InputPort | OutputPort>(
  ports: Readonly<Record<string, P>>,
  describe: (port: P) => { readonly [key: string]: Json },
): Json {
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, describe(port)]));
}

/** Names of the kinds that a port accepts. */
export function kindNames(port: InputPort): readonly string[] {
  return [port.kind].flat().map(({ name }) => name);
}

/** One line: the name of a node type and the first line of its documentation. */
export function cardLine({ type, doc }: NodeDefinition): string {
  return `${type.padEnd(20)}${firstSentence(doc)}`;
}

/** Description of a card for people, in several lines. */
export function describeCard(node: NodeDefinition): string {
  const inputs = Object.entries(node.inputs).map(([name, port]): Row => [name, describeInput(port)]);
  const outputs = Object.entries(node.outputs).map(([name, { kind, doc }]): Row => [name, `${kind.name}: ${doc}`]);
  const schema = node.params as ParamSchema;
  const params = Object.entries(schema.properties ?? {}).map(([name, param]): Row => {
    return [name, describeParam(param, schema.required?.includes(name) === true)];
  });
  const example = (node.examples[0] ?? '').trimEnd().split('\n');
  return [
    `${node.type} (version ${node.version})`,
    node.doc,
    ...section('Inputs', inputs),
    ...section('Outputs', outputs),
    ...section('Parameters', params),
    '',
    'Example:',
    ...example.map((line) => `  ${line}`),
  ].join('\n');
}

type Row = readonly [name: string, text: string];

function describeInput(port: InputPort): string {
  const traits = [port.many && 'many', port.optional && 'optional', port.perItem && 'item by item'].filter(Boolean);
  return `${kindNames(port).join(' or ')}${traits.length > 0 ? ` (${traits.join(', ')})` : ''}: ${port.doc}`;
}

function describeParam(schema: ParamSchema, isRequired: boolean): string {
  const absent = isRequired ? 'required' : 'optional';
  const fallback = schema.default === undefined ? absent : `default ${JSON.stringify(schema.default)}`;
  const { description } = schema;
  return `${describeSchema(schema)}; ${fallback}${description === undefined ? '' : `: ${description}`}`;
}

function section(title: string, rows: readonly Row[]): readonly string[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return ['', `${title}:`, ...rows.map(([name, text]) => `  ${name.padEnd(width)}${text}`)];
}
