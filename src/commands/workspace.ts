// Opens what most commands need: the project folder, the store, the linked graph.
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Graph } from '../runtime/contracts/graph.ts';
import type { Failure, Result } from '../runtime/contracts/failure.ts';
import type { Store } from '../runtime/store/store.ts';
import type { Arguments } from './arguments.ts';
import type { Screen } from './screen.ts';

export interface Workspace {
  readonly graph: Graph;
  readonly store: Store;
}

/** `cache/` beside the nearest package.json upward from `start`, else in `start` itself. */
export function defaultCacheFolder(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return join(folder, 'cache');
    if (dirname(folder) === folder) return join(start, 'cache');
  }
}

/** `--cache`, else LETHE_CACHE, else the default for the pipeline (or the current folder). */
export function cacheFolder(args: Arguments, file?: string): string {
  const given = args.values['cache']?.[0] ?? process.env['LETHE_CACHE'];
  if (given !== undefined && given !== '') return resolve(given);
  return defaultCacheFolder(file === undefined ? process.cwd() : dirname(resolve(file)));
}

export async function openCache(folder: string, screen: Screen): Promise<Result<Store>> {
  const { openStore } = await import('../runtime/store/open-store.ts');
  return openStore(folder, {
    onDamage: (digest, where) =>
      screen.note(`warning: blob ${digest} in ${where} is damaged; it will be computed again`),
  });
}

/** Opens store and graph for `FILE` of the command line; failures are the user's to mend (exit 2). */
export async function openWorkspace(args: Arguments, screen: Screen): Promise<Result<Workspace>> {
  const file = args.positionals[0] ?? '';
  const missing = missingPipeline(file);
  if (missing !== undefined) return { ok: false, failures: [missing] };
  const store = await openCache(cacheFolder(args, file), screen);
  if (!store.ok) return store;
  const graph = await loadGraphFor(args, store.value);
  if (!graph.ok) {
    await store.value.close();
    return graph;
  }
  return { ok: true, value: { graph: graph.value, store: store.value } };
}

/** The linked graph of `FILE`, through the memo of the store where there is one. */
export async function loadGraphFor(args: Arguments, store?: Store): Promise<Result<Graph>> {
  const file = args.positionals[0] ?? '';
  const missing = missingPipeline(file);
  if (missing !== undefined) return { ok: false, failures: [missing] };
  const params = readParams(args);
  if (!params.ok) return params;
  const [{ loadGraph }, { registry }] = await Promise.all([
    import('../runtime/authoring/load-graph.ts'),
    import('../registry.ts'),
  ]);
  const paramsFile = args.values['params']?.[0];
  return loadGraph({
    file: resolve(file),
    params: params.value,
    registry,
    onUnknown: async () => (await import('./short-process.ts')).optimizeLater(),
    ...(paramsFile === undefined ? {} : { paramsFile: resolve(paramsFile) }),
    ...(store === undefined ? {} : { memo: memoOf(store) }),
  });
}

function memoOf(store: Store): { get(id: string): unknown; set(id: string, value: unknown): Promise<void> } {
  return {
    get: (id) => store.doc('memo', id),
    set: (id, value) => (store.readOnly ? Promise.resolve() : store.setDoc('memo', id, value)),
  };
}

function missingPipeline(file: string): Failure | undefined {
  const path = resolve(file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() === true) return undefined;
  const help = 'Give the path of a pipeline in YAML; `lethe init` makes one.';
  if (found !== undefined) {
    const headline = found.isDirectory() ? `${file} is a folder, not a pipeline file` : `${file} is no pipeline file`;
    return { reason: 'not-a-file', headline, values: { path }, help };
  }
  return { reason: 'missing-pipeline', headline: `there is no pipeline file ${file}`, values: { path }, help };
}

/** `-p name=value`, later ones win. */
function readParams(args: Arguments): Result<Record<string, string>> {
  const params: Record<string, string> = {};
  for (const text of args.values['param'] ?? []) {
    const split = text.indexOf('=');
    if (split < 1) {
      const failure = { reason: 'wrong-use', headline: `-p needs NAME=VALUE`, values: { given: text } };
      return { ok: false, failures: [failure] };
    }
    params[text.slice(0, split)] = text.slice(split + 1);
  }
  return { ok: true, value: params };
}
