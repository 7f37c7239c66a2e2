// From the draft of a pipeline to the linked graph: node types, parameters, files, ports, sweeps. All mistakes at once.
import type { NodeRegistry } from '../contracts/define.ts';
import { checkSteps } from './check-steps.ts';
import { expandSweeps } from './expand-sweeps.ts';
import type { ExpandedPoint, Sweep } from './expand-sweeps.ts';
import type { Failure, Result } from '../contracts/failure.ts';
import type { Folders, FoundFiles } from './find-file-params.ts';
import type { Graph, Step } from '../contracts/graph.ts';
import { linkPorts } from './link-ports.ts';
import type { TypedStep } from './link-ports.ts';
import { linkStep } from './link-step.ts';
import type { PlacedContent, StepContext } from './link-step.ts';
import { loadDefinitions } from './load-definitions.ts';
import type { Definition, Definitions } from './load-definitions.ts';
import { orderSteps } from './order-steps.ts';
import type { PipelineDraft } from './pipeline-draft.ts';
import type { ResolvedParams } from './resolve-params.ts';
import { createParamValidator } from './validate-params.ts';
import { mistake } from './written.ts';

export interface LinkOptions {
  readonly registry: NodeRegistry;
  readonly folders: Folders;
  readonly params: ResolvedParams;
  /** Mistakes found before, to be reported with those found now. */
  readonly failures: readonly Failure[];
  /** Takes every path that was looked for as written, and where it is. */
  readonly found?: FoundFiles;
}

export async function linkDraft(
  draft: PipelineDraft,
  { registry, folders, params, failures: before, found = new Map() }: LinkOptions,
): Promise<Result<Graph>> {
  const definitions = await loadDefinitions(draft, registry, { folders, found });
  const failures: Failure[] = [...before, ...params.failures, ...definitions.failures];
  const context = {
    values: params.values,
    used: new Set<string>(),
    meant: new Set<string>(),
    failures,
    validate: createParamValidator(),
    folders,
    found,
  };
  const steps = linkSteps(draft, definitions, context);
  failures.push(...unusedParams(draft, context), ...steps.failures);
  if (failures.length > 0) return { ok: false, failures: sortFailures(failures, draft.file) };
  const { name: pipeline, file, numerics } = draft;
  const { modules } = definitions;
  return {
    ok: true,
    value: {
      pipeline,
      file,
      params: Object.fromEntries(params.values),
      steps: steps.steps,
      modules,
      ...(numerics === undefined ? {} : { numerics }),
    },
  };
}

interface LinkedSteps {
  readonly steps: readonly Step[];
  readonly failures: readonly Failure[];
}

function linkSteps(draft: PipelineDraft, { byType }: Definitions, context: Omit<StepContext, 'step'>): LinkedSteps {
  const typed = new Map<string, TypedStep>();
  const found = new Map<string, Definition | undefined>();
  for (const [name, step] of draft.steps) {
    const definition = byType.get(step.use?.name ?? '');
    found.set(name, definition);
    typed.set(name, { draft: step, definition: definition?.definition });
  }
  const ports = linkPorts(typed);
  const order = orderSteps(draft.steps, ports.links);
  const sweeps = new Map<string, Sweep<PlacedContent>>();
  for (const [name, { draft: step, definition }] of typed) {
    const own = linkStep(step, definition, { ...context, step: name });
    const many = Object.entries(definition?.inputs ?? {}).flatMap(([port, { many: collects }]) =>
      collects === true ? [port] : [],
    );
    sweeps.set(name, { draft: step, own, links: ports.links.get(name) ?? new Map(), many: new Set(many) });
  }
  const expanded = expandSweeps(order.names.map((name) => sweeps.get(name) as Sweep<PlacedContent>));
  const steps = order.names.flatMap((name) => {
    const definition = found.get(name);
    const points = expanded.points.get(name) ?? [];
    return definition === undefined ? [] : makeSteps(points, typed.get(name) as TypedStep, definition);
  });
  const failures = [...ports.failures, ...order.failures, ...expanded.failures];
  return { steps, failures: [...failures, ...checkSteps(typed, expanded.points, [...context.failures, ...failures])] };
}

/** All points of one step. What they have in common is shared: a graph of 10,000 steps stays small. */
function makeSteps(
  points: readonly ExpandedPoint<PlacedContent>[],
  { draft }: TypedStep,
  { definition, module }: Definition,
): readonly Step[] {
  const outputs = Object.fromEntries(Object.entries(definition.outputs).map(([name, { kind }]) => [name, kind.name]));
  const timeout = draft.timeout ?? definition.timeout;
  const common = {
    base: draft.name,
    node: definition.type,
    version: definition.version,
    ...(module === undefined ? {} : { module }),
    outputs,
    light: definition.light === true,
    ...(timeout === undefined ? {} : { timeout }),
    line: draft.line,
  };
  return points.map(({ name, axes, point, inputs }) => ({ ...common, name, axes, ...point.content, inputs }) as Step);
}

function unusedParams(draft: PipelineDraft, { used, meant }: Pick<StepContext, 'used' | 'meant'>): readonly Failure[] {
  const unused = [...draft.params].filter(([name]) => !used.has(name) && !meant.has(name));
  return unused.map(([name, { key }]) =>
    mistake(key, {
      reason: 'unused-parameter',
      headline: `the parameter ${name} is not used`,
      help: `Refer to it as { $param: ${name} }, or remove it.`,
    }),
  );
}

/** Of a value that cannot be read, nothing else that is said is worth saying. */
const UNREADABLE: ReadonlySet<string> = new Set(['unknown-anchor', 'inexact-number', 'yaml-tag']);

/** By place, the command line first; one mistake is told once. */
export function sortFailures(failures: readonly Failure[], file: string): readonly Failure[] {
  const seen = new Set<string>();
  const unreadable = new Set(
    failures.filter(({ reason }) => UNREADABLE.has(reason)).map(({ range }) => JSON.stringify(range)),
  );
  const unique = failures.filter((failure) => {
    if (!UNREADABLE.has(failure.reason) && unreadable.has(JSON.stringify(failure.range))) return false;
    const text = `${failure.reason}\0${failure.headline}\0${JSON.stringify(failure.range ?? failure.values)}`;
    return seen.has(text) ? false : seen.add(text);
  });
  const rank = ({ range }: Failure): number => (range === undefined ? 0 : range.file === file ? 1 : 2);
  return unique.sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.range?.file ?? '').localeCompare(b.range?.file ?? '') ||
      (a.range?.start ?? 0) - (b.range?.start ?? 0),
  );
}
