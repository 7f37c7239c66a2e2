// Connects the ports of steps. Every required port must be connected, and every connected output must have a kind that
// the port accepts.
import { isOfKind } from '../contracts/artifact.ts';
import type { InputPort, NodeDefinition } from '../contracts/define.ts';
import { meantName, presentName } from '../contracts/did-you-mean.ts';
import type { UnknownName } from '../contracts/did-you-mean.ts';
import { failure } from '../contracts/failure.ts';
import type { Failure } from '../contracts/failure.ts';
import { kindNames } from './node-card.ts';
import type { PortDraft, Reference, StepDraft } from './pipeline-draft.ts';
import { reportOf } from './report.ts';
import type { Report } from './report.ts';

/** A step with its node type. `definition` is undefined if the node type is unknown. */
export interface TypedStep {
  readonly draft: StepDraft;
  readonly definition: NodeDefinition | undefined;
}

/** An edge into a port, before sweeps are expanded. */
export interface Link {
  readonly step: string;
  readonly output: string;
}

/** Links by port, in the order in which the node type declares its ports. */
export type PortLinks = ReadonlyMap<string, readonly Link[]>;

type Steps = ReadonlyMap<string, TypedStep>;

/** Connects the ports of all steps. Returns the links by name of the step. */
export function linkPorts(steps: Steps, report: Report): ReadonlyMap<string, PortLinks> {
  return new Map([...steps].map(([name, step]) => [name, linkStepPorts(step, steps, reportOf(name, report))]));
}

function linkStepPorts({ draft, definition }: TypedStep, steps: Steps, report: Report): PortLinks {
  const ports = new Map<string, readonly Link[]>();
  for (const port of new Set([...Object.keys(definition?.inputs ?? {}), ...draft.from.keys()])) {
    const given = draft.from.get(port);
    if (given === undefined) {
      if (definition !== undefined && !draft.isPartial && isMissing(port, draft, definition))
        report(draft.use?.place ?? draft.key, missingPort(port, definition));
      continue;
    }
    if (definition !== undefined) checkPort(port, given, definition, report);
    const declared = definition?.inputs[port];
    const found = given.references
      .map((reference) => linkReference(reference, { step: draft.name, port, declared, steps, report }))
      .filter((link) => link !== undefined);
    if (found.length > 0) ports.set(port, found);
  }
  return ports;
}

/**
 * True if an unconnected port is required. False if an unknown port of the step is probably a misspelling of this port.
 */
function isMissing(port: string, draft: StepDraft, { inputs }: NodeDefinition): boolean {
  if (inputs[port]?.optional === true) return false;
  const unknown = [...draft.from.keys()].filter((name) => !Object.hasOwn(inputs, name));
  return !unknown.some((name) => meantName(unknownIn(name, inputs)) === port);
}

/** Data for a failure about an unknown name: `name` is not among the names of `ports`. */
function unknownIn(name: string, ports: Parameters<typeof presentName>[1]): UnknownName {
  const now = presentName(name, ports);
  return { name, known: Object.keys(ports), ...(now === undefined ? {} : { now }) };
}

function checkPort(port: string, given: PortDraft, definition: NodeDefinition, report: Report): void {
  const { type, inputs } = definition;
  const declared = inputs[port];
  if (declared === undefined) report(given.key, failure('unknown-port', { type, ...unknownIn(port, inputs) }));
  else if (given.isList && declared.many !== true) report(given.key, failure('not-many', { port, type }));
  else if (given.isList && given.references.length === 0 && declared.optional !== true)
    report(given.key, missingPort(port, definition));
}

function missingPort(port: string, { type, inputs }: NodeDefinition): Failure {
  const declared = inputs[port] as InputPort;
  return failure('missing-port', { port, type, kinds: kindNames(declared), doc: declared.doc });
}

interface Target {
  readonly step: string;
  readonly port: string;
  readonly declared: InputPort | undefined;
  readonly steps: Steps;
  readonly report: Report;
}

function linkReference(reference: Reference, { step, port, declared, steps, report }: Target): Link | undefined {
  const source = steps.get(reference.step);
  if (source === undefined) {
    const known = [...steps.keys()].filter((name) => name !== step);
    report(reference.place, failure('unknown-step', { name: reference.step, known }));
    return undefined;
  }
  // The outputs of an unknown node type are unknown. The edge is kept, because it may be part of a cycle.
  if (source.definition === undefined) return { step: reference.step, output: reference.output ?? '' };
  const { type, outputs } = source.definition;
  const output = reference.output ?? Object.keys(outputs)[0] ?? '';
  const kind = Object.hasOwn(outputs, output) ? outputs[output]?.kind : undefined;
  if (kind === undefined) {
    report(reference.place, failure('unknown-output', { type, step: reference.step, ...unknownIn(output, outputs) }));
    return undefined;
  }
  if (declared !== undefined && !isOfKind(kind, declared.kind)) {
    const given = `${reference.step}${reference.output === undefined ? '' : `.${output}`}`;
    const fitting = fittingOutputs(steps, declared, step);
    report(
      reference.place,
      failure('wrong-kind', { port, given, kind: kind.name, kinds: kindNames(declared), fitting }),
    );
    return undefined;
  }
  return { step: reference.step, output };
}

/**
 * Sources that a port accepts, as written in a pipeline: `step` for the first output of a step, `step.output` for any
 * other output.
 */
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
