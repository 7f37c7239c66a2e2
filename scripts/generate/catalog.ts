// Node types as plain data for other programs and for the docs: catalog.json, schemas of tables, the table in the
// README.
import type { Column, Kind } from '../../src/runtime/contracts/artifact.ts';
import type { NodeDefinition } from '../../src/runtime/contracts/define.ts';
import { cardOf } from '../../src/runtime/authoring/node-card.ts';
import type { JsonSchema } from './pipeline-schema.ts';

/** All kinds of the inputs and outputs of these node types, by name. */
export function kindsOf(nodes: readonly NodeDefinition[]): ReadonlyMap<string, Kind> {
  const kinds = nodes.flatMap((node) => [
    ...Object.values(node.inputs).flatMap((port) => [port.kind].flat()),
    ...Object.values(node.outputs).map((port) => port.kind),
  ]);
  return new Map(kinds.sort((a, b) => (a.name < b.name ? -1 : 1)).map((kind) => [kind.name, kind]));
}

/** Kinds and node types, without their code. */
export function catalogOf(nodes: readonly NodeDefinition[]): JsonSchema {
  const kinds = Object.fromEntries([...kindsOf(nodes)].map(([name, { doc, codec }]) => [name, { doc, codec }]));
  return { kinds, nodes: nodes.map(cardOf) };
}

const TYPES: Readonly<Record<Column['type'], JsonSchema>> = {
  utf8: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 },
  float64: { type: 'number' },
  'float32[]': { type: 'array', items: { type: 'number' } },
};

/** Schema for the rows of a table kind as JSON (`lethe show --format json`). */
export function tableSchema({ name, doc, columns = {}, axes, open }: Kind): JsonSchema {
  const properties = Object.entries(columns).map(
    ([column, { type, doc: description, unit, nullable }]): [string, JsonSchema] => {
      const value = TYPES[type];
      return [
        column,
        {
          description,
          ...(unit === undefined ? {} : { unit }),
          ...(nullable === true ? { anyOf: [value, { type: 'null' }] } : value),
        },
      ];
    },
  );
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: name,
    description: doc,
    type: 'object',
    required: Object.keys(columns),
    properties: Object.fromEntries(properties),
    // In the output, the axes of a sweep precede these columns under their own names, and open kinds have further
    // columns.
    additionalProperties:
      open === true
        ? true
        : axes === true
          ? { anyOf: ['string', 'number', 'boolean'].map((type) => ({ type })) }
          : false,
  };
}

/** Markdown table of the node types. */
export function nodeTable(nodes: readonly NodeDefinition[]): string {
  const rows = nodes.map((node) => {
    const takes = Object.entries(node.inputs).map(([name, port]) => `${name}${port.optional === true ? '?' : ''}`);
    const gives = Object.keys(node.outputs);
    const doc = (node.doc.split('\n')[0] ?? '').replaceAll('|', '\\|');
    return `| \`${node.type}\` | ${doc} | ${takes.join(', ')} | ${gives.join(', ')} |`;
  });
  return ['| node type | what it does | takes | gives |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
