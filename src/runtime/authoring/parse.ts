// From what was written to a draft of the pipeline: its form is checked here, its meaning in link.ts. All mistakes at once.
import { BACKEND_NAMES } from '../contracts/backend-names.ts';
import { listNames, nearest } from '../contracts/did-you-mean.ts';
import type { Failure } from '../contracts/failure.ts';
import {
  PIPELINE_KEYS,
  badName,
  expectKeys,
  expectMap,
  firstOf,
  isMissing,
  NAME,
  readText,
  wrongType,
} from './parse-parts.ts';
import type { Report } from './parse-parts.ts';
import { readSteps } from './parse-steps.ts';
import type { Named, PipelineDraft } from './pipeline-draft.ts';
import { mistake } from './written.ts';
import type { Place, Written, WrittenEntry, WrittenMap } from './written.ts';

export interface Parsed {
  /** Absent where there is nothing to check further. */
  readonly draft?: PipelineDraft;
  readonly failures: readonly Failure[];
}

export interface Source {
  /** Absolute path, or `<code>`. */
  readonly file: string;
  /** Empty for a pipeline defined in code. */
  readonly text: string;
}

/** Reads the form of a whole pipeline. */
export function parsePipeline(root: Written | undefined, { file, text }: Source): Parsed {
  if (root === undefined || (root.type === 'scalar' && root.value === null))
    return { failures: [emptyFile(file, text)] };
  const failures: Failure[] = [];
  const report = (place: Place, failure: Failure): void => void failures.push(mistake(place, failure));
  const map = expectMap(root, 'a pipeline', report);
  if (map === undefined) return { failures };
  const top = expectKeys(map, { keys: PIPELINE_KEYS, what: 'a pipeline', report });
  const steps = readSteps(map, text, report);
  const numerics = readNumerics(top.get('numerics'), report);
  const draft: PipelineDraft = {
    name: readName(map, report) ?? '',
    file,
    params: readParams(top.get('params'), report),
    modules: readModules(top.get('nodes'), report),
    steps,
    ...(numerics === undefined ? {} : { numerics }),
  };
  return { draft, failures };
}

function emptyFile(file: string, text: string): Failure {
  return {
    reason: 'empty-pipeline',
    headline: 'the pipeline is empty',
    help: 'Begin with "pipeline: a-name" and "steps:"; `lethe init` makes an example.',
    ...(file === '<code>' ? {} : { range: { file, start: 0, end: Math.min(text.length, 1) } }),
  };
}

function readName(map: WrittenMap, report: Report): string | undefined {
  const entry = map.entries.get('pipeline');
  if (entry === undefined) {
    if (!isMissing(map, 'pipeline', PIPELINE_KEYS)) return undefined;
    report(firstOf(map), {
      reason: 'missing-key',
      headline: 'the pipeline has no name',
      help: 'Begin with "pipeline: a-name".',
    });
    return undefined;
  }
  return readText(entry.value, 'the name of the pipeline', report);
}

function readParams(entry: WrittenEntry | undefined, report: Report): ReadonlyMap<string, WrittenEntry> {
  const map = entry && expectMap(entry.value, 'params', report);
  const params = new Map<string, WrittenEntry>();
  for (const [name, param] of map?.entries ?? []) {
    if (!NAME.test(name)) report(param.key, badName('parameter', name));
    else if (param.value.type === 'scalar' && param.value.value === null) {
      report(param.key, {
        reason: 'missing-default',
        headline: `the parameter ${name} has no default`,
        help: 'Give it one: its type is that of the default.',
      });
    } else params.set(name, param);
  }
  return params;
}

function readModules(entry: WrittenEntry | undefined, report: Report): readonly Named[] {
  if (entry === undefined) return [];
  if (entry.value.type !== 'list') {
    report(entry.value.place, wrongType('nodes', 'a list of files', entry.value));
    return [];
  }
  return entry.value.items.flatMap((item) => {
    const name = readText(item, 'a file of node types', report);
    return name === undefined ? [] : [{ name, place: item.place }];
  });
}

function readNumerics(entry: WrittenEntry | undefined, report: Report): { readonly backend: string } | undefined {
  const map = entry && expectMap(entry.value, 'numerics', report);
  if (map === undefined) return undefined;
  const backend = expectKeys(map, { keys: ['backend'], what: 'numerics', report }).get('backend');
  if (backend === undefined) return undefined;
  const name = readText(backend.value, 'the backend', report);
  if (name === undefined || (BACKEND_NAMES as readonly string[]).includes(name))
    return name === undefined ? undefined : { backend: name };
  report(backend.value.place, {
    reason: 'unknown-backend',
    headline: `there is no backend ${name}`,
    values: nearest(name, BACKEND_NAMES),
    help: `Backends: ${listNames(BACKEND_NAMES)}.`,
  });
  return undefined;
}
