// The slow half of load-graph.ts: from the text of a pipeline, by way of the YAML parser and the schema validator, to the graph.
import { dirname } from 'node:path';
import { parseDocument } from 'yaml';
import type { NodeRegistry } from '../define.ts';
import type { Failure, Result } from '../failure.ts';
import { foldersOf } from './find-file-params.ts';
import type { FoundFiles } from './find-file-params.ts';
import type { Graph, Json } from '../graph.ts';
import { linkDraft, sortFailures } from './link.ts';
import { parsePipeline } from './parse.ts';
import type { Source } from './parse.ts';
import { readYaml } from './read-yaml.ts';
import { resolveParams } from './resolve-params.ts';
import type { GivenParams } from './resolve-params.ts';
import type { Written } from './written.ts';

export interface LinkSourceOptions {
  readonly registry: NodeRegistry;
  readonly given?: GivenParams;
  /** A file of parameters. */
  readonly paramsSource?: Source;
  /** Takes every path that was looked for. */
  readonly found?: FoundFiles;
}

/** Parses and links the text of a pipeline. Where the YAML itself is broken, nothing beyond that can be said. */
export async function linkSource(
  source: Source,
  { registry, given, paramsSource, found }: LinkSourceOptions,
): Promise<Result<Graph>> {
  const tree = readYaml(source.text, source.file);
  const paramsTree = paramsSource === undefined ? undefined : readYaml(paramsSource.text, paramsSource.file);
  const broken = [tree, paramsTree].flatMap((one): readonly Failure[] => (one?.ok === false ? one.failures : []));
  if (!tree.ok || paramsTree?.ok === false) return { ok: false, failures: sortFailures(broken, source.file) };
  const parsed = parsePipeline(tree.value.value, source);
  const failures = [...tree.value.failures, ...(paramsTree?.value.failures ?? []), ...parsed.failures];
  if (parsed.draft === undefined) return { ok: false, failures: sortFailures(failures, source.file) };
  const fromFile: Written | undefined = paramsTree?.value.value;
  const params = resolveParams(parsed.draft, {
    readText,
    ...(given === undefined ? {} : { given }),
    ...(fromFile === undefined ? {} : { fromFile }),
  });
  return linkDraft(parsed.draft, {
    registry,
    folders: foldersOf(dirname(source.file)),
    params,
    failures,
    ...(found === undefined ? {} : { found }),
  });
}

/** One value of YAML, as on the command line. */
function readText(text: string): Json | undefined {
  const document = parseDocument(text, { logLevel: 'error', prettyErrors: false });
  if (document.errors.length > 0) return undefined;
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  return isJson(value) ? value : undefined;
}

function isJson(value: unknown): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (Array.isArray(value)) return value.every(isJson);
  return (
    typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isJson)
  );
}
