// From a pipeline file to its linked graph. A graph that was linked before is remembered: then neither the YAML parser nor the
// schema validator nor a node file is loaded.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { NodeRegistry } from '../contracts/define.ts';
import { packageVersion } from '../contracts/environment.ts';
import { digestBytes, digestGraph } from '../contracts/keys.ts';
import { foldersOf, placesOf } from './find-file-params.ts';
import type { Folders, FoundFiles } from './find-file-params.ts';
import { FailureError } from '../contracts/failure.ts';
import type { Failure, Result } from '../contracts/failure.ts';
import type { Graph } from '../contracts/graph.ts';
import { readSource } from './source-text.ts';
import { packGraph, unpackGraph } from './pack-graph.ts';
import type { PackedGraph } from './pack-graph.ts';
import type { GivenParams } from './resolve-params.ts';

/** Where linked graphs are remembered. A lost entry costs time, nothing else. */
export interface GraphMemo {
  get(id: string): unknown;
  set(id: string, value: unknown): Promise<void>;
}

export interface LoadOptions {
  readonly file: string;
  /** Values of parameters. Text is read as YAML where the parameter is no text, as on the command line. */
  readonly params?: GivenParams;
  /** A YAML file with values of parameters; `params` win over it. */
  readonly paramsFile?: string;
  readonly registry: NodeRegistry;
  readonly memo?: GraphMemo;
  /** Called where the graph is not remembered, before it is parsed and linked. */
  readonly onUnknown?: () => Promise<void>;
}

/** A remembered graph, with what else of the outside world it depends on. */
interface Remembered {
  readonly graph: PackedGraph;
  /** Digests of the user's node files. */
  readonly sources: readonly (readonly [path: string, digest: string])[];
  /** Every place where a file was looked for before it was found where it is: there must still be none. */
  readonly absent: readonly string[];
  /** Files named in parameters: they must still be there. */
  readonly present: readonly string[];
}

/** Parses and links a pipeline. All mistakes of the file, the parameters and the command line come back at once. */
export async function loadGraph({
  file,
  params,
  paramsFile,
  registry,
  memo,
  onUnknown,
}: LoadOptions): Promise<Result<Graph>> {
  const path = resolve(file);
  const text = readSource(path, 'pipeline');
  const paramsPath = paramsFile === undefined ? undefined : resolve(paramsFile);
  const paramsText = paramsPath === undefined ? undefined : readSource(paramsPath, 'file of parameters');
  const unread = [text, paramsText].flatMap((source): readonly Failure[] =>
    source?.ok === false ? source.failures : [],
  );
  if (!text.ok || unread.length > 0) return { ok: false, failures: unread };
  const given = params ?? {};
  const folders = foldersOf(dirname(path));
  const id = digestGraph({
    build: buildId(),
    file: path,
    folders,
    text: text.value,
    paramsText: paramsText?.ok === true ? paramsText.value : null,
    given,
    types: registry.types,
  });
  const known = memo?.get(id) as Remembered | undefined;
  if (known !== undefined && stillHolds(known)) return { ok: true, value: unpackGraph(known.graph) };
  await onUnknown?.();
  const { linkSource } = await import('./link-source.ts');
  const source = { file: path, text: text.value };
  const found: FoundFiles = new Map();
  const extra =
    paramsPath === undefined || paramsText?.ok !== true
      ? {}
      : { paramsSource: { file: paramsPath, text: paramsText.value } };
  const linked = await linkSource(source, { given, registry, found, ...extra });
  // On a full disk the pipeline is linked again next time; what matters fails elsewhere.
  if (linked.ok) {
    await memo?.set(id, remember(linked.value, found, folders)).catch((error: unknown) => {
      if (!(error instanceof FailureError)) throw error;
    });
  }
  return linked;
}

function remember(graph: Graph, found: FoundFiles, folders: Folders): Remembered {
  const sources = [...new Set(graph.modules.flatMap(({ files }) => files))].map(
    (file) => [file, digestOf(file) ?? ''] as const,
  );
  const present = new Set([...found.values()].filter((path) => path !== undefined));
  const absent = [...found].flatMap(([written, path]) => {
    const places = placesOf(written, folders);
    return path === undefined ? [] : places.slice(0, places.indexOf(path));
  });
  return { graph: packGraph(graph), sources, present: [...present], absent };
}

function stillHolds({ sources, present, absent }: Remembered): boolean {
  return (
    sources.every(([file, digest]) => digestOf(file) === digest) &&
    present.every((path) => existsSync(path)) &&
    !absent.some((path) => existsSync(path))
  );
}

function digestOf(file: string): string | undefined {
  try {
    return digestBytes(readFileSync(file));
  } catch {
    return undefined;
  }
}

let build: string | undefined;

/** Tells builds of one version apart: while Lethe itself is worked on, its node types change. */
function buildId(): string {
  if (build === undefined) {
    const stamp = new URL('../../.stamp', import.meta.url);
    build = `${packageVersion()} ${existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''}`;
  }
  return build;
}
