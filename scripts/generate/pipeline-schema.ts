// Generates schemas/pipeline.schema.json from the form of pipelines and the node types. Editors use the schema for
// completion, hovers and error marks. `lethe check` is stricter: it also checks kinds, steps and files.
import type { ParamSchema } from '../../src/runtime/authoring/describe-schema.ts';
import type { TObject } from '@sinclair/typebox';
import type { InputPort, NodeDefinition } from '../../src/runtime/contracts/define.ts';
import type { Json } from '../../src/runtime/contracts/graph.ts';
import { NAME_PATTERN, PIPELINE_FORM, STEP_FORM } from '../../src/runtime/authoring/pipeline-form.ts';
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
    required: PIPELINE_FORM.required,
    additionalProperties: false,
    properties: topLevel(),
    // A pipeline with the user's own node types may have other values of `use`.
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
        // The snippets complete all node types. Without them, editors offer only the first of several branches.
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

/** Form of a pipeline except for its steps, which depend on the node types. */
function topLevel(): JsonSchema {
  const { steps, ...rest } = propertiesOf(PIPELINE_FORM);
  return { ...rest, steps: { ...steps, additionalProperties: true } };
}

function propertiesOf(form: TObject): Readonly<Record<string, JsonSchema>> {
  return inputView(form as ParamSchema)['properties'] as Readonly<Record<string, JsonSchema>>;
}

function ownStep(): JsonSchema {
  const { from, each, ...rest } = propertiesOf(STEP_FORM);
  return {
    ...described('A step of a node type of your own.'),
    type: 'object',
    required: STEP_FORM.required,
    properties: {
      ...rest,
      from: { ...from, additionalProperties: { anyOf: [REFERENCE, { type: 'array', items: REFERENCE }] } },
      each: { ...each, additionalProperties: { anyOf: [PARAM, { type: 'array', minItems: 1 }] } },
    },
    additionalProperties: false,
  };
}

/** Schemas for one node type: `step`, `params` (by name), and `point` (of an axis that sets several parameters). */
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

/** Schema of a parameter in a pipeline: its value, in which any part may be a reference. */
function paramSchema(schema: ParamSchema): JsonSchema {
  const view = inputView(schema, orParam);
  const { description, default: fallback } = schema;
  const examples = view['enum'] ?? schema.examples;
  return {
    ...(description === undefined ? {} : described(description)),
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(examples === undefined ? {} : { examples }), // editors ignore choices inside `else`
    ...orParam(view),
  };
}

function orParam(view: JsonSchema): JsonSchema {
  return { if: { type: 'object', required: ['$param'] }, then: PARAM, else: view };
}

interface StepParts {
  readonly refs: JsonSchema;
  readonly point: JsonSchema;
  /** True if other parameters are allowed. */
  readonly isOpen: boolean;
}

function stepSchema(node: NodeDefinition, { refs, point, isOpen }: StepParts): JsonSchema {
  const required = requiredParams(node.params as ParamSchema);
  const form = propertiesOf(STEP_FORM);
  const ports = Object.entries(node.inputs);
  const needed = ports.flatMap(([name, port]) => (port.optional === true ? [] : [name]));
  // A map in the list is a point that sets several parameters, unless it is a reference.
  const axis = (own: Json): JsonSchema =>
    orParam({ type: 'array', minItems: 1, items: orParam({ if: { type: 'object' }, then: point, else: own }) });
  return {
    ...described(node.doc),
    type: 'object',
    required: ['use', ...(needed.length > 0 ? ['from'] : [])],
    properties: {
      use: { const: node.type, ...described(node.doc) },
      with: { ...form['with'], properties: refs, additionalProperties: isOpen },
      each: {
        ...form['each'],
        properties: Object.fromEntries(Object.entries(refs).map(([name, ref]) => [name, axis(ref)])),
        additionalProperties: axis(false),
      },
      from: {
        ...form['from'],
        required: needed,
        properties: Object.fromEntries(ports.map(([name, port]) => [name, portSchema(port)])),
        additionalProperties: false,
      },
      timeout: form['timeout'] ?? {},
    },
    additionalProperties: false,
    ...(required.length === 0 ? {} : { if: { not: { required: ['each'] } }, then: needsParams(required) }),
  };
}

function needsParams(required: readonly string[]): JsonSchema {
  return { required: ['with'], properties: { with: { type: 'object', required } } };
}

/** Parameters that must be written. TypeBox also lists parameters with a default as required. */
function requiredParams(schema: ParamSchema): readonly string[] {
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

/** Schema of a reference to an output. Ports copy the schema, because a description beside a `$ref` is ignored. */
const REFERENCE_PATTERN: JsonSchema = {
  type: 'string',
  pattern: '^[A-Za-z][A-Za-z0-9_-]*(\\.[A-Za-z][A-Za-z0-9_-]*)?$',
};
