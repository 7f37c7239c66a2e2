// From a pipeline file to its linked graph. A graph that was linked before is remembered: then neither the YAML parser nor the
// schema validator nor a node file is loaded.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { digestBytes, digestGraph } from '../contracts/keys.ts';
import type { NodeRegistry } from '../contracts/define.ts';
import { packageVersion } from '../contracts/environment.ts';
import { createFileFinder, foldersOf } from './find-file-params.ts';
import type { FileFinder } from './find-file-params.ts';
import { FailureError } from '../contracts/failure.ts';
import type { Failure, Result } from '../contracts/failure.ts';
import type { Graph } from '../contracts/graph.ts';
import { readSource } from './source-text.ts';
import type { GivenParams } from './resolve-params.ts';

/** A place where linked graphs are remembered. A lost entry costs time, nothing else. */
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
  /** Called before a graph that is not remembered is parsed and linked. */
  readonly onUnknown?: () => Promise<void>;
}

/** A remembered graph, with everything else in the outside world that it depends on. */
interface Remembered {
  /** Its JSON, compressed: steps have much in common. In base64. */
  readonly graph: string;
  /** Digests of the user's node files. */
  readonly sources: readonly (readonly [path: string, digest: string])[];
  /** Every place where a file was looked for before it was found where it is: there must still be none. */
  readonly absent: readonly string[];
  /** Files named in parameters: they must still be there. */
  readonly present: readonly string[];
}

/** Parses and links a pipeline. All mistakes of the file, the parameters and the command line come back together. */
export async function loadGraph({
  file,
  params,
  paramsFile,
  registry,
  memo,
  onUnknown,
}: LoadOptions): Promise<Result<Graph>> {
  const path = resolve(file);
  const text = readSource(path, 'pipeline file');
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
  if (known !== undefined && stillHolds(known)) return { ok: true, value: unpack(known.graph) };
  await onUnknown?.();
  const { linkSource } = await import('./link-source.ts');
  const files = createFileFinder(folders);
  const paramsSource =
    paramsPath === undefined || paramsText?.ok !== true ? undefined : { file: paramsPath, text: paramsText.value };
  const linked = await linkSource(
    { file: path, text: text.value },
    { given, registry, files, ...(paramsSource === undefined ? {} : { paramsSource }) },
  );
  if (linked.ok && memo !== undefined) await remember(linked.value, { id, memo, files });
  return linked;
}

interface Remembering {
  readonly id: string;
  readonly memo: GraphMemo;
  readonly files: FileFinder;
}

/** A graph that cannot be remembered is linked again next time. */
async function remember(graph: Graph, { id, memo, files }: Remembering): Promise<void> {
  const sources = [...new Set(graph.modules.flatMap((module) => module.files))].map(
    (file) => [file, digestOf(file) ?? ''] as const,
  );
  try {
    const value: Remembered = { graph: pack(graph), sources, present: files.present(), absent: files.absent() };
    await memo.set(id, value);
  } catch (error) {
    // The disk is full, or the graph has millions of edges and is no text that JavaScript can hold.
    if (!(error instanceof FailureError) && !(error instanceof RangeError)) throw error;
  }
}

/** Not canonical JSON: the order of ports and outputs counts. */
function pack(graph: Graph): string {
  return gzipSync(JSON.stringify(graph), { level: 1 }).toString('base64');
}

function unpack(text: string): Graph {
  return JSON.parse(gunzipSync(Buffer.from(text, 'base64')).toString()) as Graph;
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

/** Identifies the build: while Lethe itself is worked on, node types change without a new version. */
function buildId(): string {
  if (build === undefined) {
    const stamp = new URL('../../.stamp', import.meta.url);
    build = `${packageVersion()} ${existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''}`;
  }
  return build;
}
