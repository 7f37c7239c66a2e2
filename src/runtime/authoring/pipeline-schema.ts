// The JSON schema of pipeline files, for editors: completion, hover and squiggles while one writes. Made from the node types;
// `lethe check` is stricter (kinds, steps, files).
import type { ParamSchema } from './describe-schema.ts';
import type { InputPort, NodeDefinition } from '../contracts/define.ts';
import type { Json } from '../contracts/graph.ts';
import { NUMERIC_BACKENDS } from './parse.ts';
import { NAME_PATTERN } from './parse-parts.ts';
import { MAX_TIMEOUT } from './parse-steps.ts';
import { inputView } from './input-view.ts';

export type JsonSchema = { readonly [key: string]: Json };

const PARAM = { $ref: '#/definitions/param' };
const REFERENCE = { $ref: '#/definitions/reference' };

export function pipelineSchema(nodes: readonly NodeDefinition[]): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Lethe pipeline',
    ...described('A graph of steps. `lethe run FILE` computes what changed.'),
    type: 'object',
    required: ['pipeline', 'steps'],
    additionalProperties: false,
    properties: topLevel(),
    // With node types of one's own, `use` may have other values.
    if: { required: ['nodes'] },
    then: stepsOf('anyStep'),
    else: stepsOf('step'),
    definitions: {
      param: {
        ...described('The value of a parameter of the pipeline.'),
        type: 'object',
        required: ['$param'],
        properties: { $param: { type: 'string', pattern: NAME_PATTERN } },
        additionalProperties: false,
      },
      reference: REFERENCE_PATTERN,
      step: {
        type: 'object',
        required: ['use'],
        // For completion: of branches that all could match, editors offer the first only.
        properties: {
          use: { defaultSnippets: nodes.map(({ type, doc }) => ({ label: type, description: doc, body: type })) },
        },
        discriminator: { propertyName: 'use' },
        oneOf: nodes.map((node) => ({ $ref: `#/definitions/nodes/${node.type}/step` })),
      },
      anyStep: {
        type: 'object',
        required: ['use'],
        if: { properties: { use: { enum: nodes.map((node) => node.type) } } },
        then: { $ref: '#/definitions/step' },
        else: { $ref: '#/definitions/ownStep' },
      },
      ownStep: ownStep(),
      nodes: Object.fromEntries(nodes.map((node) => [node.type, nodeSchemas(node)])),
    },
  };
}

function stepsOf(definition: string): JsonSchema {
  const steps = { type: 'object', additionalProperties: { $ref: `#/definitions/${definition}` } };
  return { type: 'object', properties: { steps } };
}

function described(text: string): JsonSchema {
  return { description: text, markdownDescription: text };
}

function topLevel(): JsonSchema {
  return {
    pipeline: { ...described('Name of the pipeline.'), type: 'string', minLength: 1 },
    params: {
      ...described(
        'Parameters with their defaults, which are their types. Refer to one as `{ $param: name }`; set it with `-p name=value`.',
      ),
      type: 'object',
      propertyNames: { pattern: NAME_PATTERN },
      additionalProperties: { not: { type: 'null' } },
    },
    nodes: {
      ...described('Files with node types of your own: TypeScript or JavaScript, relative to this file.'),
      type: 'array',
      items: { type: 'string' },
    },
    numerics: {
      ...described('What the results are bound to beyond their inputs.'),
      type: 'object',
      properties: {
        backend: { ...described('Results of other backends are not used.'), enum: [...NUMERIC_BACKENDS] },
      },
      additionalProperties: false,
    },
    steps: {
      ...described('Steps by name: instances of node types.'),
      type: 'object',
      minProperties: 1,
      propertyNames: { pattern: NAME_PATTERN },
    },
  };
}

const TIMEOUT: JsonSchema = {
  ...described('Seconds after which the step is stopped.'),
  type: 'number',
  exclusiveMinimum: 0,
  maximum: MAX_TIMEOUT,
};

function ownStep(): JsonSchema {
  return {
    ...described('A step of a node type of your own.'),
    type: 'object',
    required: ['use'],
    properties: {
      use: { type: 'string' },
      with: { type: 'object' },
      from: { type: 'object', additionalProperties: { anyOf: [REFERENCE, { type: 'array', items: REFERENCE }] } },
      each: { type: 'object', additionalProperties: { anyOf: [PARAM, { type: 'array', minItems: 1 }] } },
      timeout: TIMEOUT,
    },
    additionalProperties: false,
  };
}

/** `step`, `params` (by name) and `point` (of a zipped axis) of one node type. */
function nodeSchemas(node: NodeDefinition): JsonSchema {
  const schema = node.params as ParamSchema;
  const names = Object.keys(schema.properties ?? {});
  const ref = (name: string): JsonSchema => ({ $ref: `#/definitions/nodes/${node.type}/params/${name}` });
  const refs = Object.fromEntries(names.map((name) => [name, ref(name)]));
  const isOpen = schema.additionalProperties !== undefined && schema.additionalProperties !== false;
  const point = { $ref: `#/definitions/nodes/${node.type}/point` };
  return {
    step: stepSchema(node, { refs, point, isOpen }),
    params: Object.fromEntries(names.map((name) => [name, paramSchema(schema.properties?.[name] ?? {})])),
    point: {
      ...described('Values of several parameters. The first one names the point.'),
      type: 'object',
      minProperties: 1,
      properties: refs,
      additionalProperties: isOpen,
    },
  };
}

/** The parameter as it may be written: itself, or a reference in its place or in that of anything inside it. */
function paramSchema(schema: ParamSchema): JsonSchema {
  const view = inputView(schema, orParam);
  const { description, default: fallback } = schema;
  const examples = view['enum'] ?? schema.examples;
  return {
    ...(description === undefined ? {} : described(description)),
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(examples === undefined ? {} : { examples }), // editors do not look for choices inside `else`
    ...orParam(view),
  };
}

function orParam(view: JsonSchema): JsonSchema {
  return { if: { type: 'object', required: ['$param'] }, then: PARAM, else: view };
}

interface StepParts {
  readonly refs: JsonSchema;
  readonly point: JsonSchema;
  /** Other parameters are allowed. */
  readonly isOpen: boolean;
}

function stepSchema(node: NodeDefinition, { refs, point, isOpen }: StepParts): JsonSchema {
  const required = requiredParams(node.params as ParamSchema);
  const ports = Object.entries(node.inputs);
  const needed = ports.flatMap(([name, port]) => (port.optional === true ? [] : [name]));
  // A map in the list is a point of a zipped axis, unless it is a reference.
  const axis = (own: Json): JsonSchema =>
    orParam({ type: 'array', minItems: 1, items: orParam({ if: { type: 'object' }, then: point, else: own }) });
  return {
    ...described(node.doc),
    type: 'object',
    required: ['use', ...(needed.length > 0 ? ['from'] : [])],
    properties: {
      use: { const: node.type, ...described(node.doc) },
      with: { ...described('Parameters.'), type: 'object', properties: refs, additionalProperties: isOpen },
      each: {
        ...described('A sweep: a list of values for a parameter, or a list of maps that set several at once.'),
        type: 'object',
        properties: Object.fromEntries(Object.entries(refs).map(([name, ref]) => [name, axis(ref)])),
        additionalProperties: axis(false),
      },
      from: {
        ...described('Where the inputs come from: `step` or `step.output`.'),
        type: 'object',
        required: needed,
        properties: Object.fromEntries(ports.map(([name, port]) => [name, portSchema(port)])),
        additionalProperties: false,
      },
      timeout: TIMEOUT,
    },
    additionalProperties: false,
    ...(required.length === 0 ? {} : { if: { not: { required: ['each'] } }, then: needsParams(required) }),
  };
}

function needsParams(required: readonly string[]): JsonSchema {
  return { required: ['with'], properties: { with: { type: 'object', required } } };
}

/** What has a default need not be written, though TypeBox calls it required. */
export function requiredParams(schema: ParamSchema): readonly string[] {
  return (schema.required ?? []).filter((name) => schema.properties?.[name]?.default === undefined);
}

function portSchema(port: InputPort): JsonSchema {
  const kinds = [port.kind].flat().map(({ name }) => name);
  const traits = [...(port.many === true ? ['collects a sweep'] : []), ...(port.optional === true ? ['optional'] : [])];
  const text = `${port.doc} (${[kinds.join(' or '), ...traits].join(', ')})`;
  return {
    ...described(text),
    ...(port.many === true ? { anyOf: [REFERENCE, { type: 'array', items: REFERENCE }] } : REFERENCE_PATTERN),
  };
}

/** Written out, for a description beside a `$ref` is lost. */
const REFERENCE_PATTERN: JsonSchema = {
  type: 'string',
  pattern: '^[A-Za-z][A-Za-z0-9_-]*(\\.[A-Za-z][A-Za-z0-9_-]*)?$',
};
