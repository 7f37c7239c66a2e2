// Loads a pipeline file and links it to a graph. Linked graphs are cached: if nothing changed, the YAML parser, the
// schema validator and the node files are not loaded.
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

/** Cache of linked graphs, by the digest of everything that a graph is linked from. A lost entry only costs time. */
export interface GraphMemo {
  get(id: string): unknown;
  set(id: string, value: unknown): Promise<void>;
}

export interface LoadOptions {
  readonly file: string;
  /** Values by parameter. As on the command line, a string is parsed as YAML unless the parameter is a text. */
  readonly params?: GivenParams;
  /** Path of a YAML file with values of parameters. Values in `params` take precedence. */
  readonly paramsFile?: string;
  readonly registry: NodeRegistry;
  readonly memo?: GraphMemo;
  /** Called before parsing and linking, if the graph is not cached. */
  readonly onUnknown?: () => Promise<void>;
}

/** A cached graph, with the state of the files on which it depends. */
interface Remembered {
  /** JSON of the graph, compressed and in base64. Compression helps because the steps have much in common. */
  readonly graph: string;
  /** Paths and digests of the user's node files. */
  readonly sources: readonly (readonly [path: string, digest: string])[];
  /**
   * Paths that were tried before a file was found in a later folder. The graph is valid only while no file exists at
   * these paths.
   */
  readonly absent: readonly string[];
  /** Paths of files named in parameters. The graph is valid only while all these files exist. */
  readonly present: readonly string[];
}

/** Parses and links a pipeline. All mistakes in the file, the parameters and the command line are returned together. */
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

/** Caches a graph. If that fails, the graph is linked again next time. */
async function remember(graph: Graph, { id, memo, files }: Remembering): Promise<void> {
  const sources = [...new Set(graph.modules.flatMap((module) => module.files))].map(
    (file) => [file, digestOf(file) ?? ''] as const,
  );
  try {
    const value: Remembered = { graph: pack(graph), sources, present: files.present(), absent: files.absent() };
    await memo.set(id, value);
  } catch (error) {
    // A full disk is ignored, and so is a graph whose JSON exceeds the maximum length of a JavaScript string.
    if (!(error instanceof FailureError) && !(error instanceof RangeError)) throw error;
  }
}

/** Compresses a graph. Its JSON is not canonical, because the order of ports and outputs matters. */
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

/** Id of this build: the version and the build stamp. During development, node types change without a new version. */
function buildId(): string {
  if (build === undefined) {
    const stamp = new URL('../../.stamp', import.meta.url);
    build = `${packageVersion()} ${existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''}`;
  }
  return build;
}
