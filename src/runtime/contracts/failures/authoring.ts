// Failures of pipeline files: YAML syntax, structure, parameters, ports and sweeps.
import { explainUnknown, listNames, nearest } from '../did-you-mean.ts';
import type { UnknownName } from '../did-you-mean.ts';
import type { Words } from '../words.ts';

export const authoringFailures = {
  /** A pipeline file without content. */
  'empty-pipeline': (): Words => ({
    headline: 'the pipeline is empty',
    help: 'Begin with "pipeline: a-name" and "steps:"; `lethe init` writes an example.',
  }),
  /** A key that a pipeline or a step must have. `owner` is e.g. "the step a". */
  'missing-key': ({ key, owner }: MissingKey): Words => MISSING_KEYS[key](owner),
  /** A key that has no meaning at its place, for example a typing error. */
  'unknown-key': ({ owner, ...unknown }: UnknownName & { readonly owner: string }): Words => ({
    headline: `${owner} has no key ${unknown.name}`,
    ...explainUnknown(unknown, 'Keys'),
  }),
  /**
   * A value of the wrong type or outside its range. `expected` and `given` are descriptions; `choices` are the allowed
   * texts.
   */
  'wrong-type': ({ what, expected, given, choices, text, help }: WrongType): Words => ({
    headline: `${what} has to be ${expected}`,
    values: { given, ...(text === undefined ? {} : nearest(text, choices ?? [])) },
    ...(help === undefined ? {} : { help }),
  }),
  /** A name of a step, an axis or a parameter with characters that names must not contain. */
  'bad-name': ({ what, name }: { readonly what: string; readonly name: string }): Words => ({
    headline: `"${name}" cannot be the name of ${what}`,
    help: 'A name is a letter followed by letters, digits, - and _.',
  }),
  /** A parameter of the pipeline without a default. The default is needed because it determines the type. */
  'missing-default': ({ name }: Named): Words => ({
    headline: `the parameter ${name} has no default`,
    help: 'Give it a default, which also sets its type.',
  }),
  /** A parameter of the pipeline that no step refers to. */
  'unused-parameter': ({ name }: Named): Words => ({
    headline: `the parameter ${name} is not used`,
    help: `Refer to it as { $param: ${name} }, or remove it.`,
  }),
  /** A value given for a parameter of the pipeline differs from the default in type. */
  'wrong-parameter-type': ({ name, expected, given, fallback }: WrongParameterType): Words => ({
    headline: `the parameter ${name} has to be ${expected}`,
    values: { given, default: fallback },
    help: 'The value must have the same type as the default.',
  }),
  /** A map that holds other keys beside `$param`. */
  'bad-reference': (): Words => ({
    headline: '$param cannot be combined with other keys',
    help: 'Write { $param: name } without other keys.',
  }),
  /** A parameter that does not exist in `owner`: "the pipeline", a node type, or a parameter that is a map. */
  'unknown-parameter': ({ owner, none = 'It takes no parameters.', ...unknown }: UnknownParameter): Words => ({
    headline: `${owner} has no parameter ${unknown.name}`,
    ...explainUnknown(unknown, 'Parameters', none),
  }),
  /** A required parameter is missing. `expected` describes its type. */
  'missing-parameter': ({ owner, name, expected, help }: MissingParameter): Words => ({
    headline: `${owner} needs the parameter ${name}`,
    values: expected === undefined ? {} : { expected },
    ...(help === undefined ? {} : { help }),
  }),
  /** The value of a parameter does not fit its schema. */
  'bad-parameter': ({ what, expected, given, choices, text, help }: WrongType): Words => ({
    headline: `${what} has to be ${expected}`,
    values: { given, ...(text === undefined ? {} : nearest(text, choices ?? [])) },
    ...(help === undefined ? {} : { help }),
  }),
  /** A node type that is neither built in nor defined in a file of the user. */
  'unknown-node': (unknown: UnknownName): Words => ({
    headline: `there is no node type ${unknown.name}`,
    ...explainUnknown(unknown, 'Node types'),
  }),
  /** Two node types with the same name. If one of them is built into Lethe, `file` defines the other. */
  'duplicate-node-type': ({ type, file }: { readonly type: string; readonly file?: string }): Words => ({
    headline:
      file === undefined
        ? `the node type ${type} is defined twice`
        : `${file} defines ${type}, which is a built-in node type`,
    help: 'Choose another name in "type".',
  }),
  /** A mistake in the definition of a node type, described by `problem`. */
  'bad-node-type': ({ type, problem, values, help }: BadNodeType): Words => ({
    headline: `the node type ${type}: ${problem}`,
    ...(values === undefined ? {} : { values }),
    ...(help === undefined ? {} : { help }),
  }),
  /** A port that the node type does not have. */
  'unknown-port': ({ type, ...unknown }: UnknownName & { readonly type: string }): Words => ({
    headline: `${type} has no port ${unknown.name}`,
    ...explainUnknown(unknown, 'Ports', 'It has no inputs.'),
  }),
  /** A list of steps for a port that takes one step. */
  'not-many': ({ port, type }: { readonly port: string; readonly type: string }): Words => ({
    headline: `the port ${port} of ${type} takes one step, not a list`,
    help: 'Only a port with `many: true` takes a list.',
  }),
  /** A required port is not connected. `kinds` are the kinds that it takes. */
  'missing-port': ({ port, type, kinds, doc }: MissingPort): Words => ({
    headline: `the port ${port} of ${type} is not connected`,
    values: { takes: kinds.join(' or '), purpose: doc },
    help: `Add it: "from: { ${port}: STEP }".`,
  }),
  /** A reference to a step that is not in the pipeline. */
  'unknown-step': (unknown: UnknownName): Words => ({
    headline: `there is no step ${unknown.name}`,
    ...explainUnknown(unknown, 'Steps'),
  }),
  /** A reference to an output that the step does not have. */
  'unknown-output': ({
    type,
    step,
    ...unknown
  }: UnknownName & { readonly type: string; readonly step: string }): Words => ({
    headline: `${type} has no output ${unknown.name}`,
    ...explainUnknown(unknown, `Outputs of ${step}`),
  }),
  /** An output whose kind the port does not take. `fitting` lists outputs of the same step that would fit. */
  'wrong-kind': ({ port, given, kind, kinds, fitting }: WrongKind): Words => ({
    headline: `the port ${port} cannot take ${given}`,
    values: { takes: kinds.join(' or '), [`${given} gives`]: kind },
    ...(fitting.length === 0 ? {} : { help: `These fit: ${listNames(fitting)}.` }),
  }),
  /** A cycle of steps. `flow` lists its steps in the direction of the edges. */
  cycle: ({ steps, flow }: { readonly steps: readonly string[]; readonly flow: readonly string[] }): Words => ({
    headline:
      steps.length === 1 ? `the step ${steps[0]} needs itself` : `the steps ${steps.join(', ')} need each other`,
    values: { cycle: flow.join(' -> ') },
    help: 'Remove one of these connections.',
  }),
} as const;

export type Key = 'pipeline' | 'steps' | 'use';

const MISSING_KEYS: Readonly<Record<Key, (owner: string) => Words>> = {
  pipeline: () => ({ headline: 'the pipeline has no name', help: 'Begin with "pipeline: a-name".' }),
  steps: () => ({
    headline: 'the pipeline has no steps',
    help: 'Write at least one below "steps:", e.g. "data: { use: make-shapes }".',
  }),
  use: (owner) => ({
    headline: `${owner} does not say which node type it uses`,
    help: 'Add "use: TYPE"; `lethe nodes` lists the types.',
  }),
};

export interface Named {
  readonly name: string;
}

export interface MissingKey {
  readonly key: Key;
  readonly owner: string;
}

export interface WrongType {
  readonly what: string;
  readonly expected: string;
  readonly given: string;
  readonly choices?: readonly string[];
  /** The given value if it is a text; the message then names the nearest choice. */
  readonly text?: string;
  readonly help?: string;
}

export interface WrongParameterType extends Named {
  readonly expected: string;
  readonly given: string;
  readonly fallback: string;
}

export interface UnknownParameter extends UnknownName {
  readonly owner: string;
  /** Advice if there are no parameters at all. */
  readonly none?: string;
}

export interface MissingParameter extends Named {
  readonly owner: string;
  readonly expected?: string;
  readonly help?: string;
}

export interface BadNodeType {
  readonly type: string;
  readonly problem: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly help?: string;
}

export interface MissingPort {
  readonly port: string;
  readonly type: string;
  readonly kinds: readonly string[];
  readonly doc: string;
}

export interface WrongKind {
  readonly port: string;
  readonly given: string;
  readonly kind: string;
  readonly kinds: readonly string[];
  readonly fitting: readonly string[];
}
