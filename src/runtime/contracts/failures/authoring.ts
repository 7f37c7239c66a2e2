// Failures of writing a pipeline: its notation, its form, its parameters, ports and sweeps.
import { explainUnknown, listNames, nearest } from '../did-you-mean.ts';
import type { UnknownName } from '../did-you-mean.ts';
import type { Words } from '../words.ts';

export const authoringFailures = {
  /** A pipeline file without content. */
  'empty-pipeline': (): Words => ({
    headline: 'the pipeline is empty',
    help: 'Begin with "pipeline: a-name" and "steps:"; `lethe init` makes an example.',
  }),
  /** A key that a pipeline or a step must have. `owner` is e.g. "the step a". */
  'missing-key': ({ key, owner }: MissingKey): Words => MISSING_KEYS[key](owner),
  /** A key that nothing reads. */
  'unknown-key': ({ owner, ...unknown }: UnknownName & { readonly owner: string }): Words => ({
    headline: `${owner} has no key ${unknown.name}`,
    ...explainUnknown(unknown, 'Keys'),
  }),
  /** A value of another type or outside of its range. `expected` and `given` are in words; `choices` are texts it may be. */
  'wrong-type': ({ what, expected, given, choices, text, help }: WrongType): Words => ({
    headline: `${what} has to be ${expected}`,
    values: { given, ...(text === undefined ? {} : nearest(text, choices ?? [])) },
    ...(help === undefined ? {} : { help }),
  }),
  /** The name of a step, an axis or a parameter with other letters than names may have. */
  'bad-name': ({ what, name }: { readonly what: string; readonly name: string }): Words => ({
    headline: `"${name}" cannot be the name of ${what}`,
    help: 'Names begin with a letter and go on with letters, digits, - and _.',
  }),
  /** A parameter of the pipeline without a default, which is its type. */
  'missing-default': ({ name }: Named): Words => ({
    headline: `the parameter ${name} has no default`,
    help: 'Give it one: its type is that of the default.',
  }),
  /** A parameter of the pipeline that no step refers to. */
  'unused-parameter': ({ name }: Named): Words => ({
    headline: `the parameter ${name} is not used`,
    help: `Refer to it as { $param: ${name} }, or remove it.`,
  }),
  /** A value given for a parameter of the pipeline that is not of the type of its default. */
  'wrong-parameter-type': ({ name, expected, given, fallback }: WrongParameterType): Words => ({
    headline: `the parameter ${name} has to be ${expected}`,
    values: { given, default: fallback },
    help: 'The type of a parameter is that of its default.',
  }),
  /** Keys beside `$param`. */
  'bad-reference': (): Words => ({
    headline: '$param stands alone',
    help: 'Write { $param: name } and nothing beside it.',
  }),
  /** A parameter that its owner ("the pipeline", a node type, or a parameter that is a map) does not have. */
  'unknown-parameter': ({ owner, none = 'It takes no parameters.', ...unknown }: UnknownParameter): Words => ({
    headline: `${owner} has no parameter ${unknown.name}`,
    ...explainUnknown(unknown, 'Parameters', none),
  }),
  /** A parameter that must be given. `expected` is its type in words. */
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
  /** A node type that is neither built in nor in a file of the user's. */
  'unknown-node': (unknown: UnknownName): Words => ({
    headline: `there is no node type ${unknown.name}`,
    ...explainUnknown(unknown, 'Node types'),
  }),
  /** Two node types of one name. `file` is set where Lethe itself has one of this name. */
  'duplicate-node-type': ({ type, file }: { readonly type: string; readonly file?: string }): Words => ({
    headline:
      file === undefined
        ? `the node type ${type} is defined twice`
        : `${file} defines ${type}, which Lethe has already`,
    help: 'Give it another "type".',
  }),
  /** A mistake in the definition of a node type: `problem` says which. */
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
  /** A list of steps at a port that takes one. */
  'not-many': ({ port, type }: { readonly port: string; readonly type: string }): Words => ({
    headline: `the port ${port} of ${type} takes one step, not a list`,
    help: 'Only ports that collect (many) take lists.',
  }),
  /** A port that must be connected. `kinds` are those it takes. */
  'missing-port': ({ port, type, kinds, doc }: MissingPort): Words => ({
    headline: `the port ${port} of ${type} is not connected`,
    values: { takes: kinds.join(' or '), 'what for': doc },
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
  /** An output of a kind that the port does not take. `fitting` are outputs that would fit. */
  'wrong-kind': ({ port, given, kind, kinds, fitting }: WrongKind): Words => ({
    headline: `the port ${port} cannot take ${given}`,
    values: { takes: kinds.join(' or '), [`${given} gives`]: kind },
    ...(fitting.length === 0 ? {} : { help: `These fit: ${listNames(fitting)}.` }),
  }),
  /** Steps that need each other. `flow` is the circle in the direction in which artifacts would travel. */
  cycle: ({ steps, flow }: { readonly steps: readonly string[]; readonly flow: readonly string[] }): Words => ({
    headline:
      steps.length === 1 ? `the step ${steps[0]} needs itself` : `the steps ${steps.join(', ')} need each other`,
    values: { circle: flow.join(' -> ') },
    help: 'Take one of these connections away.',
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
  /** The given value where it is a text: the nearest choice is named. */
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
  /** Help where there are no parameters at all. */
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
