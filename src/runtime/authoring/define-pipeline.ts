// Pipelines defined in code. They have the structure of a pipeline file and are linked to the same graph, but the
// compiler checks their types.
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
  /** Sources by port, each written as `step` or `step.output`. A `many` port takes a list of sources. */
  readonly from?: Readonly<Record<string, string | readonly string[]>>;
  /** Values by axis. An object as a value sets several parameters together. */
  readonly each?: Readonly<Record<string, readonly PipelineValue[] | ParamReference>>;
  /** Time limit in seconds. */
  readonly timeout?: number;
}

/** A pipeline with the same structure as a pipeline file. */
export interface Pipeline {
  readonly pipeline: string;
  /** Defaults by parameter. The type of a parameter is the type of its default. */
  readonly params?: { readonly [name: string]: Exclude<Json, null> };
  /** Paths of files with the user's own node types. */
  readonly nodes?: readonly string[];
  readonly numerics?: { readonly backend: (typeof BACKEND_NAMES)[number] };
  readonly steps: Readonly<Record<string, PipelineStep>>;
}

/** Freezes a pipeline and preserves its exact type. */
export function definePipeline<const P extends Pipeline>(pipeline: P): P {
  return Object.freeze(pipeline);
}

export interface LinkPipelineOptions {
  /** Folder to which paths are relative. Default: the current folder. */
  readonly folder?: string;
  /** Values by parameter. A string is used as it is, not parsed as YAML. */
  readonly params?: GivenParams;
}

/**
 * Links a pipeline defined in code. Failures give positions as JSON pointers, e.g. `at: /steps/tap/with/layer`.
 * @throws TypeError if the pipeline contains values that YAML cannot represent (functions, NaN, cycles)
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
