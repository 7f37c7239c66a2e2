// The slow part of load-graph.ts: parses the text of a pipeline, validates it and links it to a graph.
import type { NodeRegistry } from '../contracts/define.ts';
import type { Failure, Result } from '../contracts/failure.ts';
import type { Graph } from '../contracts/graph.ts';
import type { FileFinder } from './find-file-params.ts';
import { linkDraft } from './link.ts';
import { parsePipeline } from './parse.ts';
import type { Source } from './parse.ts';
import { readPlainYaml } from './read-plain-yaml.ts';
import { collectMistakes, sortFailures } from './report.ts';
import type { Report } from './report.ts';
import { resolveParams } from './resolve-params.ts';
import type { GivenParams, ParamsContext } from './resolve-params.ts';
import type { Written } from './written.ts';

export interface LinkSourceOptions {
  readonly registry: NodeRegistry;
  readonly files: FileFinder;
  readonly given: GivenParams;
  /** File with values of parameters (`paramsFile` in load-graph.ts). */
  readonly paramsSource?: Source;
}

/** Parses and links the text of a pipeline. If the YAML itself is invalid, nothing else is checked. */
export async function linkSource(
  source: Source,
  { registry, files, given, paramsSource }: LinkSourceOptions,
): Promise<Result<Graph>> {
  const mistakes = collectMistakes();
  const { failures, report } = mistakes;
  const tree = await readTree(source, report);
  const paramsTree = paramsSource === undefined ? undefined : await readTree(paramsSource, report);
  if (!tree.ok || paramsTree?.ok === false) {
    const broken = [tree, paramsTree].flatMap((one): readonly Failure[] => (one?.ok === false ? one.failures : []));
    return { ok: false, failures: sortFailures(broken, source.file) };
  }
  const draft = parsePipeline(tree.value, source, report);
  if (draft === undefined) return { ok: false, failures: sortFailures(failures, source.file) };
  const fromFile = paramsTree?.value;
  const values = resolveParams(draft, {
    given,
    ...(fromFile === undefined ? {} : { fromFile }),
    readText: await textReader(given),
    report,
  });
  return linkDraft(draft, { registry, files, values, mistakes });
}

/** Parses YAML. The full parser is loaded only for files outside the subset of readPlainYaml. */
async function readTree({ text, file }: Source, report: Report): Promise<Result<Written | undefined>> {
  const plain = readPlainYaml(text, file);
  if (plain !== undefined) return { ok: true, value: plain };
  return (await import('./read-yaml.ts')).readYaml(text, file, report);
}

async function textReader(given: GivenParams): Promise<ParamsContext['readText']> {
  if (Object.keys(given).length === 0) return () => undefined;
  return (await import('./read-value.ts')).readValue;
}
