// Opens the store and links the graph for the arguments of a command.
import { dirname, resolve } from 'node:path';
import { failure } from '../runtime/contracts/failure.ts';
import type { Result } from '../runtime/contracts/failure.ts';
import type { Graph } from '../runtime/contracts/graph.ts';
import type { Store } from '../runtime/store/store.ts';
import * as workspace from '../workspace.ts';
import type { PipelineRequest, Workspace } from '../workspace.ts';
import type { Arguments } from './arguments.ts';
import type { Screen } from './screen.ts';

export type { Workspace } from '../workspace.ts';

/**
 * Returns the cache folder: `--cache`, else LETHE_CACHE, else the default for the pipeline (or for the current folder).
 */
export function cacheFolder(args: Arguments, file?: string): string {
  return workspace.findCache(args.values['cache']?.[0], file === undefined ? process.cwd() : dirname(resolve(file)));
}

export function openCache(folder: string, screen: Screen): Promise<Result<Store>> {
  return workspace.openCache(folder, warner(screen));
}

/**
 * Opens the store and links the graph for `FILE` of the command line. Failures are mistakes of the user (exit code 2).
 */
export async function openWorkspace(args: Arguments, screen: Screen): Promise<Result<Workspace>> {
  const request = pipelineRequest(args);
  if (!request.ok) return request;
  const cache = args.values['cache']?.[0];
  const options = { ...request.value, onDamage: warner(screen), ...(cache === undefined ? {} : { cache }) };
  return workspace.openWorkspace(options);
}

/** Links `FILE` of the command line without opening a store. */
export async function loadGraphFor(args: Arguments): Promise<Result<Graph>> {
  const request = pipelineRequest(args);
  return request.ok ? workspace.linkGraph(request.value) : request;
}

const warner =
  (screen: Screen) =>
  (digest: string, where: string): void =>
    screen.note(`warning: blob ${digest} in ${where} is damaged; it will be computed again`);

function pipelineRequest(args: Arguments): Result<PipelineRequest> {
  const params = readParams(args);
  if (!params.ok) return params;
  const paramsFile = args.values['params']?.[0];
  return {
    ok: true,
    value: {
      pipeline: args.positionals[0] ?? '',
      params: params.value,
      onUnknown: async () => (await import('./short-process.ts')).optimizeLater(),
      ...(paramsFile === undefined ? {} : { paramsFile }),
    },
  };
}

/** Reads the values of `-p name=value`. For a repeated name, the last value counts. */
function readParams(args: Arguments): Result<Record<string, string>> {
  const params: Record<string, string> = {};
  for (const text of args.values['param'] ?? []) {
    const split = text.indexOf('=');
    if (split < 1) return { ok: false, failures: [failure('bad-param-option', { given: text })] };
    params[text.slice(0, split)] = text.slice(split + 1);
  }
  return { ok: true, value: params };
}
