// Opens what every use of a pipeline needs, from the command line or from a program: the cache folder, its store, and
// the linked graph.
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Pipeline } from './runtime/authoring/define-pipeline.ts';
import type { GivenParams } from './runtime/authoring/resolve-params.ts';
import type { Digest } from './runtime/contracts/artifact.ts';
import { failure } from './runtime/contracts/failure.ts';
import type { Failure, Result } from './runtime/contracts/failure.ts';
import type { Graph } from './runtime/contracts/graph.ts';
import { SETTINGS, variableText } from './runtime/contracts/settings.ts';
import type { Store } from './runtime/store/store.ts';

export interface Workspace {
  readonly graph: Graph;
  readonly store: Store;
}

/** A pipeline to link. */
export interface PipelineRequest {
  /** Path of a pipeline file, or a pipeline made with `definePipeline`. */
  readonly pipeline: string | Pipeline;
  /** Values of the pipeline's parameters. */
  readonly params?: GivenParams;
  /** A YAML file with values of parameters; `params` take precedence. */
  readonly paramsFile?: string;
  /** Folder to which the paths in a pipeline defined in code are relative. Default: the current folder. */
  readonly folder?: string;
  /** Called before the pipeline is parsed and linked. It is not called if the linked graph is cached. */
  readonly onUnknown?: () => Promise<void>;
}

export interface WorkspaceRequest extends PipelineRequest {
  /** Cache folder. Default: see `findCache`. */
  readonly cache?: string;
  /** Called for every blob whose bytes do not match its digest; `where` is the path of its file. */
  readonly onDamage?: OnDamage;
}

type OnDamage = (digest: Digest, where: string) => void;

/**
 * Returns the cache folder: `given`, else LETHE_CACHE, else `cache/` beside the nearest package.json at or above
 * `start`, else `cache/` in `start`.
 */
export function findCache(given: string | undefined, start: string): string {
  const chosen = given || variableText(SETTINGS.cache);
  if (chosen !== undefined) return resolve(chosen);
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return join(folder, 'cache');
    if (dirname(folder) === folder) return join(resolve(start), 'cache');
  }
}

/** Opens the store in a cache folder; creates it if it does not exist. */
export async function openCache(folder: string, onDamage?: OnDamage): Promise<Result<Store>> {
  const { openStore } = await import('./runtime/store/open-store.ts');
  return openStore(folder, onDamage === undefined ? {} : { onDamage });
}

/** Opens the store and links the graph. Failures are mistakes in the pipeline, or a cache that cannot be used. */
export async function openWorkspace(request: WorkspaceRequest): Promise<Result<Workspace>> {
  const { pipeline, cache, folder = '.', onDamage } = request;
  const missing = typeof pipeline === 'string' ? missingPipeline(pipeline) : undefined;
  if (missing !== undefined) return { ok: false, failures: [missing] };
  const start = typeof pipeline === 'string' ? dirname(resolve(pipeline)) : folder;
  const store = await openCache(findCache(cache, start), onDamage);
  if (!store.ok) return store;
  const graph = await linkGraph(request, store.value);
  if (!graph.ok) {
    await store.value.close();
    return graph;
  }
  return { ok: true, value: { graph: graph.value, store: store.value } };
}

/** Links a pipeline. If a store is given, linked graphs of pipeline files are cached in it. */
export async function linkGraph(request: PipelineRequest, store?: Store): Promise<Result<Graph>> {
  const { pipeline, params, paramsFile, folder, onUnknown } = request;
  const { registry } = await import('./registry.ts');
  const given = params === undefined ? {} : { params };
  if (typeof pipeline !== 'string') {
    const { linkPipeline } = await import('./runtime/authoring/define-pipeline.ts');
    return linkPipeline(pipeline, registry, { ...given, ...(folder === undefined ? {} : { folder }) });
  }
  const missing = missingPipeline(pipeline);
  if (missing !== undefined) return { ok: false, failures: [missing] };
  const { loadGraph } = await import('./runtime/authoring/load-graph.ts');
  return loadGraph({
    file: resolve(pipeline),
    registry,
    ...given,
    ...(paramsFile === undefined ? {} : { paramsFile: resolve(paramsFile) }),
    ...(store === undefined ? {} : { memo: memoOf(store) }),
    ...(onUnknown === undefined ? {} : { onUnknown }),
  });
}

function memoOf(store: Store): { get(id: string): unknown; set(id: string, value: unknown): Promise<void> } {
  return {
    get: (id) => store.doc('memo', id),
    set: (id, value) => (store.readOnly ? Promise.resolve() : store.setDoc('memo', id, value)),
  };
}

function missingPipeline(file: string): Failure | undefined {
  const found = statSync(resolve(file), { throwIfNoEntry: false });
  if (found?.isFile() === true) return undefined;
  const help = 'Give the path of a pipeline in YAML; `lethe init` writes one.';
  const what = 'pipeline file';
  if (found === undefined) return failure('missing-file', { file, what, lookedFor: [resolve(file)], help });
  const isFolder = found.isDirectory();
  return failure('not-a-file', { path: file, isFolder, help, ...(isFolder ? { what } : {}) });
}
