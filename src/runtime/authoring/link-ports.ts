// Joins the ports of steps: every port that must be connected is, to an output of a kind it takes, and nothing goes in circles.
import { isOfKind } from '../contracts/artifact.ts';
import type { InputPort, NodeDefinition } from '../contracts/define.ts';
import { didYouMean, listNames, nearest } from '../contracts/did-you-mean.ts';
import type { Failure } from '../contracts/failure.ts';
import type { PortDraft, Reference, StepDraft } from './pipeline-draft.ts';
import { mistake } from './written.ts';

/** A step whose node type is known, or not. */
export interface TypedStep {
  readonly draft: StepDraft;
  readonly definition: NodeDefinition | undefined;
}

/** One edge into a port, before sweeps are expanded. */
export interface Link {
  readonly step: string;
  readonly output: string;
}

/** Links by port, in the order in which the node type declares its ports. */
export type PortLinks = ReadonlyMap<string, readonly Link[]>;

export interface LinkedPorts {
  readonly links: ReadonlyMap<string, PortLinks>;
  readonly failures: readonly Failure[];
}

type Steps = ReadonlyMap<string, TypedStep>;

export function linkPorts(steps: Steps): LinkedPorts {
  const links = new Map<string, PortLinks>();
  const failures: Failure[] = [];
  for (const [name, { draft, definition }] of steps) {
    const ports = new Map<string, readonly Link[]>();
    const order = [...new Set([...Object.keys(definition?.inputs ?? {}), ...draft.from.keys()])];
    for (const port of order) {
      const given = draft.from.get(port);
      const declared = definition?.inputs[port];
      if (given === undefined) {
        const isNeeded = definition !== undefined && declared?.optional !== true && !draft.isPartial;
        if (isNeeded && !isMeant(draft, definition, port)) failures.push(missingPort(draft, definition, port));
        continue;
      }
      failures.push(...checkPort(draft, definition, { port, given }));
      const found = given.references.flatMap((reference) =>
        linkReference(steps, { draft, port, reference, declared }, failures),
      );
      if (found.length > 0) ports.set(port, found);
    }
    links.set(name, ports);
  }
  return { links, failures };
}

/** A port that an unknown one beside it means is no second mistake. */
function isMeant(draft: StepDraft, definition: NodeDefinition, port: string): boolean {
  const known = Object.keys(definition.inputs);
  return [...draft.from.keys()].some((name) => !known.includes(name) && didYouMean(name, known) === port);
}

interface GivenPort {
  readonly port: string;
  readonly given: PortDraft;
}

function checkPort(
  draft: StepDraft,
  definition: NodeDefinition | undefined,
  { port, given }: GivenPort,
): readonly Failure[] {
  if (definition === undefined) return [];
  const step = draft.name;
  const declared = definition.inputs[port];
  if (declared === undefined) {
    const known = Object.keys(definition.inputs);
    const help = known.length === 0 ? 'It has no inputs.' : `Ports: ${listNames(known)}.`;
    return [
      mistake(given.key, {
        reason: 'unknown-port',
        headline: `${definition.type} has no port ${port}`,
        values: nearest(port, known),
        help,
        step,
      }),
    ];
  }
  if (given.isList && declared.many !== true) {
    const failure = {
      reason: 'not-many',
      headline: `the port ${port} of ${definition.type} takes one step, not a list`,
      help: 'Only ports that collect (many) take lists.',
      step,
    };
    return [mistake(given.key, failure)];
  }
  if (given.isList && given.references.length === 0 && declared.optional !== true)
    return [mistake(given.key, missing(draft, definition, port))];
  return [];
}

function missingPort(draft: StepDraft, definition: NodeDefinition, port: string): Failure {
  return mistake(draft.use?.place ?? draft.key, missing(draft, definition, port));
}

function missing(draft: StepDraft, definition: NodeDefinition, port: string): Failure {
  const declared = definition.inputs[port];
  return {
    reason: 'missing-port',
    headline: `the port ${port} of ${definition.type} is not connected`,
    values: declared === undefined ? {} : { takes: kindsOf(declared).join(' or '), 'what for': declared.doc },
    help: `Add it: "from: { ${port}: STEP }".`,
    step: draft.name,
  };
}

function kindsOf(port: InputPort): readonly string[] {
  return [port.kind].flat().map((kind) => kind.name);
}

interface GivenReference {
  readonly draft: StepDraft;
  readonly port: string;
  readonly reference: Reference;
  readonly declared: InputPort | undefined;
}

function linkReference(
  steps: Steps,
  { draft, port, reference, declared }: GivenReference,
  failures: Failure[],
): readonly Link[] {
  const report = (failure: Failure): readonly [] => {
    failures.push(mistake(reference.place, { ...failure, step: draft.name }));
    return [];
  };
  const source = steps.get(reference.step);
  if (source === undefined) {
    const known = [...steps.keys()].filter((name) => name !== draft.name);
    return report({
      reason: 'unknown-step',
      headline: `there is no step ${reference.step}`,
      values: nearest(reference.step, known),
      help: `Steps: ${listNames(known)}.`,
    });
  }
  // Of a step whose node type is not known, any output may be right; the edge still counts for cycles.
  if (source.definition === undefined) return [{ step: reference.step, output: reference.output ?? '' }];
  const { outputs } = source.definition;
  const output = reference.output ?? Object.keys(outputs)[0] ?? '';
  const kind = Object.hasOwn(outputs, output) ? outputs[output]?.kind : undefined;
  if (kind === undefined) {
    const known = Object.keys(outputs);
    return report({
      reason: 'unknown-output',
      headline: `${source.definition.type} has no output ${output}`,
      values: nearest(output, known),
      help: `Outputs of ${reference.step}: ${listNames(known)}.`,
    });
  }
  if (declared !== undefined && !isOfKind(kind, declared.kind)) {
    const takes = kindsOf(declared);
    const fitting = fittingOutputs(steps, declared, draft.name);
    const given = `${reference.step}${reference.output === undefined ? '' : `.${output}`}`;
    return report({
      reason: 'wrong-kind',
      headline: `the port ${port} cannot take ${given}`,
      values: { takes: takes.join(' or '), [`${given} gives`]: kind.name },
      ...(fitting.length === 0 ? {} : { help: `These fit: ${listNames(fitting)}.` }),
    });
  }
  return [{ step: reference.step, output }];
}

/** Steps (or outputs that are not the first) of a kind that would fit. */
function fittingOutputs(steps: Steps, port: InputPort, self: string): readonly string[] {
  const fitting: string[] = [];
  for (const [name, { definition }] of steps) {
    if (name === self || definition === undefined) continue;
    for (const [i, [output, { kind }]] of Object.entries(definition.outputs).entries()) {
      if (isOfKind(kind, port.kind)) fitting.push(i === 0 ? name : `${name}.${output}`);
    }
  }
  return fitting;
}
