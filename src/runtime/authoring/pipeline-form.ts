// Schema of pipelines, except for the parameters of node types. check-form.ts checks pipelines against it, and the
// schema for editors is generated from it. The annotations `title`, `expected`, `names` and `help` are words for
// failures. In a title, `*` stands for the name of the entry.
import { Type } from '@sinclair/typebox';
import { BACKEND_NAMES } from '../contracts/backend-names.ts';
import type { TSchema } from '@sinclair/typebox';

/**
 * Pattern for names of steps and parameters, which appear in `step.output`, in `step[axis=value]` and on command lines.
 */
export const NAME_PATTERN = '^[A-Za-z][A-Za-z0-9_-]*$';
export const NAME = new RegExp(NAME_PATTERN);

/** Largest timeout in seconds, just below the limit of Node's timers. */
const MAX_TIMEOUT = 2_000_000;

/** Creates the schema of a map whose keys are chosen by the user. `names` says what a key names, e.g. "an axis". */
const mapOf = (values: TSchema | object, names: string | undefined, words: object): TSchema =>
  Type.Unsafe({
    type: 'object',
    additionalProperties: values,
    ...(names === undefined ? {} : { names, propertyNames: { pattern: NAME_PATTERN } }),
    ...words,
  });

const reference = {
  title: 'the input of the port *',
  expected: 'the name of a step',
  help: 'Write "step" or "step.output".',
};

const PORT = Type.Union([Type.String(reference), Type.Array(Type.String(reference))], reference);

/** Schema of a step. */
export const STEP_FORM = Type.Object(
  {
    use: Type.String({ minLength: 1, title: 'use', expected: 'text' }),
    with: Type.Optional(mapOf({}, undefined, { title: 'with', description: 'Parameters.' })),
    from: Type.Optional(
      mapOf(PORT, undefined, {
        title: 'from',
        description: 'Where the inputs come from: `step` or `step.output`.',
      }),
    ),
    each: Type.Optional(
      mapOf({}, 'an axis', {
        title: 'each',
        description:
          'A sweep: a list of values for a parameter, or a list of maps that set several parameters together.',
      }),
    ),
    timeout: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: MAX_TIMEOUT,
        title: 'timeout',
        expected: 'a number of seconds',
        help: `More than 0, at most ${MAX_TIMEOUT}.`,
        description: 'Seconds after which the step is stopped.',
      }),
    ),
  },
  { additionalProperties: false, title: 'the step *' },
);

/** Schema of a whole pipeline. */
export const PIPELINE_FORM = Type.Object(
  {
    pipeline: Type.String({
      minLength: 1,
      title: 'the name of the pipeline',
      expected: 'text',
      description: 'Name of the pipeline.',
    }),
    params: Type.Optional(
      mapOf({ not: { type: 'null' } }, 'a parameter', {
        title: 'params',
        description:
          'Parameters with their defaults, which are their types. Refer to one as `{ $param: name }`; set it with `-p name=value`.',
      }),
    ),
    nodes: Type.Optional(
      Type.Array(Type.String({ minLength: 1, title: 'a file of node types', expected: 'text' }), {
        title: 'nodes',
        expected: 'a list of files',
        description: 'Files with node types of your own: TypeScript or JavaScript, relative to this file.',
      }),
    ),
    numerics: Type.Optional(
      Type.Object(
        {
          backend: Type.Optional(
            Type.Union(
              BACKEND_NAMES.map((name) => Type.Literal(name)),
              {
                title: 'the backend',
                description: 'Require this backend: cached results of other backends are not used.',
              },
            ),
          ),
        },
        {
          additionalProperties: false,
          title: 'numerics',
          description: 'Conditions that enter the keys in addition to inputs and parameters.',
        },
      ),
    ),
    steps: mapOf(STEP_FORM, 'a step', {
      minProperties: 1,
      title: 'steps',
      description: 'Steps by name: instances of node types.',
    }),
  },
  { additionalProperties: false, title: 'the pipeline' },
);
