// The slow half of load-graph.ts: from the text of a pipeline, by way of YAML and the schema validator, to the graph.
import { dirname } from 'node:path';
import type { NodeRegistry } from '../contracts/define.ts';
import type { Failure, Result } from '../contracts/failure.ts';
import { foldersOf } from './find-file-params.ts';
import type { FoundFiles } from './find-file-params.ts';
import type { Graph } from '../contracts/graph.ts';
import { linkDraft, sortFailures } from './link.ts';
import { parsePipeline } from './parse.ts';
import type { Source } from './parse.ts';
import { readPlainYaml } from './read-plain-yaml.ts';
import type { YamlTree } from './read-yaml.ts';
import { resolveParams } from './resolve-params.ts';
import type { GivenParams, ParamsContext } from './resolve-params.ts';
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
  const tree = await readTree(source);
  const paramsTree = paramsSource === undefined ? undefined : await readTree(paramsSource);
  const broken = [tree, paramsTree].flatMap((one): readonly Failure[] => (one?.ok === false ? one.failures : []));
  if (!tree.ok || paramsTree?.ok === false) return { ok: false, failures: sortFailures(broken, source.file) };
  const parsed = parsePipeline(tree.value.value, source);
  const failures = [...tree.value.failures, ...(paramsTree?.value.failures ?? []), ...parsed.failures];
  if (parsed.draft === undefined) return { ok: false, failures: sortFailures(failures, source.file) };
  const fromFile: Written | undefined = paramsTree?.value.value;
  const params = resolveParams(parsed.draft, {
    readText: await textReader(given),
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

/** The parser of all of YAML is loaded only for files that need it. */
async function readTree({ text, file }: Source): Promise<Result<YamlTree>> {
  const plain = readPlainYaml(text, file);
  if (plain !== undefined) return { ok: true, value: { value: plain, failures: [] } };
  return (await import('./read-yaml.ts')).readYaml(text, file);
}

async function textReader(given: GivenParams = {}): Promise<ParamsContext['readText']> {
  if (Object.keys(given).length === 0) return () => undefined;
  return (await import('./read-value.ts')).readValue;
}
