// Pipelines made by programs: the same shape as the YAML, checked by the compiler, linked to the same graph.
import { resolve } from 'node:path';
import type { NodeRegistry } from '../contracts/define.ts';
import type { Result } from '../contracts/failure.ts';
import type { Graph, Json } from '../contracts/graph.ts';
import { createFileFinder, foldersOf } from './find-file-params.ts';
import { linkDraft } from './link.ts';
import { parsePipeline } from './parse.ts';
import type { BACKEND_NAMES } from '../contracts/backend-names.ts';
import { collectMistakes } from './report.ts';
import { resolveParams } from './resolve-params.ts';
import type { GivenParams } from './resolve-params.ts';
import { written } from './written.ts';

/** A reference to a parameter of the pipeline, in place of a value. */
export interface ParamReference {
  readonly $param: string;
}

export type PipelineValue =
  | string
  | number
  | boolean
  | null
  | ParamReference
  | readonly PipelineValue[]
  | { readonly [key: string]: PipelineValue };

export interface PipelineStep {
  readonly use: string;
  readonly with?: Readonly<Record<string, PipelineValue>>;
  /** `step` or `step.output` by port; a list of these for a port that collects. */
  readonly from?: Readonly<Record<string, string | readonly string[]>>;
  /** Values by axis. A list of objects sets several parameters together. */
  readonly each?: Readonly<Record<string, readonly PipelineValue[] | ParamReference>>;
  /** Seconds. */
  readonly timeout?: number;
}

/** A pipeline, as a file holds it. */
export interface Pipeline {
  readonly pipeline: string;
  /** Parameters with their defaults, which are their types. */
  readonly params?: { readonly [name: string]: Exclude<Json, null> };
  /** Files with node types of the user's own. */
  readonly nodes?: readonly string[];
  readonly numerics?: { readonly backend: (typeof BACKEND_NAMES)[number] };
  readonly steps: Readonly<Record<string, PipelineStep>>;
}

/** Keeps the exact type of a pipeline and freezes it. */
export function definePipeline<const P extends Pipeline>(pipeline: P): P {
  return Object.freeze(pipeline);
}

export interface LinkPipelineOptions {
  /** Where relative paths start. The current folder if left out. */
  readonly folder?: string;
  /** Values of parameters; text is taken as it is. */
  readonly params?: GivenParams;
}

/**
 * Links a pipeline made in code. Failures say where as a JSON pointer into it (`at: /steps/tap/with/layer`).
 *
 * @throws TypeError if it holds what YAML cannot (functions, NaN, cycles).
 */
export async function linkPipeline(
  pipeline: Pipeline,
  registry: NodeRegistry,
  options: LinkPipelineOptions = {},
): Promise<Result<Graph>> {
  const mistakes = collectMistakes();
  const { failures, report } = mistakes;
  const draft = parsePipeline(written(pipeline), { file: '<code>', text: '' }, report);
  if (draft === undefined) return { ok: false, failures };
  const values = resolveParams(draft, { given: options.params ?? {}, readText: () => undefined, report });
  const files = createFileFinder(foldersOf(resolve(options.folder ?? '.')));
  return linkDraft(draft, { registry, files, values, mistakes });
}
