// Links the draft of a pipeline to a graph: loads node types, checks parameters and files, connects ports and expands
// sweeps. All mistakes are reported together.
import type { NodeRegistry } from '../contracts/define.ts';
import type { Result } from '../contracts/failure.ts';
import type { Graph, Step } from '../contracts/graph.ts';
import { checkSteps } from './check-steps.ts';
import { expandSweeps } from './expand-sweeps.ts';
import type { Sweep } from './expand-sweeps.ts';
import type { FileFinder } from './find-file-params.ts';
import { linkPorts } from './link-ports.ts';
import { linkStep } from './link-step.ts';
import { loadDefinitions } from './load-definitions.ts';
import type { Definition, Definitions } from './load-definitions.ts';
import { orderSteps } from './order-steps.ts';
import type { PipelineDraft, StepDraft } from './pipeline-draft.ts';
import type { JoinedPoint } from './points.ts';
import { reportOf, sortFailures } from './report.ts';
import type { Mistakes } from './report.ts';
import { checkUnused } from './resolve-params.ts';
import type { ParamValues } from './resolve-params.ts';
import { createParamValidator } from './validate-params.ts';

export interface LinkOptions {
  readonly registry: NodeRegistry;
  readonly files: FileFinder;
  /** Values of the pipeline's parameters. */
  readonly values: ParamValues;
  /** Mistakes found while the pipeline was parsed. They are reported together with the new ones. */
  readonly mistakes: Mistakes;
}

export async function linkDraft(draft: PipelineDraft, options: LinkOptions): Promise<Result<Graph>> {
  const { failures, report } = options.mistakes;
  const definitions = await loadDefinitions(draft, { ...options, report });
  checkUnused(draft, report);
  const steps = linkSteps(draft, definitions, options);
  if (failures.length > 0) return { ok: false, failures: sortFailures(failures, draft.file) };
  const { name: pipeline, file, numerics } = draft;
  const { modules } = definitions;
  const params = Object.fromEntries(options.values);
  return {
    ok: true,
    value: { pipeline, file, params, steps, modules, ...(numerics === undefined ? {} : { numerics }) },
  };
}

/** All steps of the graph, in topological order. */
function linkSteps(
  draft: PipelineDraft,
  { byType }: Definitions,
  { values, files, mistakes: { failures, report } }: LinkOptions,
): readonly Step[] {
  const typed = new Map(
    [...draft.steps].map(([name, step]) => {
      const found = byType.get(step.use?.name ?? '');
      return [name, { draft: step, definition: found?.definition, found }];
    }),
  );
  const links = linkPorts(typed, report);
  const order = orderSteps(draft.steps, links, report);
  const validate = createParamValidator();
  const sweeps = new Map<string, Sweep>();
  for (const [name, { draft: step, definition }] of typed) {
    const own = linkStep(step, definition, { values, files, validate, report: reportOf(name, report) });
    const ports = Object.entries(definition?.inputs ?? {});
    const many = new Set(ports.filter(([, port]) => port.many === true).map(([port]) => port));
    sweeps.set(name, { draft: step, own, links: links.get(name) ?? new Map(), many });
  }
  const points = expandSweeps(
    order.flatMap((name) => sweeps.get(name) ?? []),
    report,
  );
  checkSteps(typed, points, { failures, report });
  return order.flatMap((name) => {
    const step = typed.get(name);
    return step?.found === undefined ? [] : makeSteps(points.get(name) ?? [], step.draft, step.found);
  });
}

/**
 * Creates the steps of the graph for all points of one sweep. The steps share their common parts, so that a graph of
 * 10,000 steps stays small.
 */
function makeSteps(
  points: readonly JoinedPoint[],
  draft: StepDraft,
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
  return points.map(({ name, axes, params, files, items, cards, inputs }) => ({
    ...common,
    name,
    axes,
    params,
    files,
    inputs,
    ...(items && { items }),
    ...(cards && { cards }),
  }));
}
