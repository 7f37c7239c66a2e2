// Running pipelines from programs: the same graph, store and events as the command line.
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultCacheFolder } from './commands/workspace.ts';
import type { Artifact, Row } from './runtime/contracts/artifact.ts';
import { openArtifact } from './runtime/store/artifact-io.ts';
import type { Pipeline } from './runtime/authoring/define-pipeline.ts';
import { linkPipeline } from './runtime/authoring/define-pipeline.ts';
import type { LetheEvent, RunFinished } from './runtime/contracts/events.ts';
import type { Failure, Result } from './runtime/contracts/failure.ts';
import type { Graph } from './runtime/contracts/graph.ts';
import { loadGraph } from './runtime/authoring/load-graph.ts';
import { planGraph } from './runtime/engine/plan.ts';
import type { GivenParams } from './runtime/authoring/resolve-params.ts';
import { runGraph } from './runtime/engine/run.ts';
import { openStore } from './runtime/store/open-store.ts';
import type { Store } from './runtime/store/store.ts';
import { registry } from './registry.ts';

export interface RunPipelineOptions {
  /** Values of the pipeline's parameters. */
  readonly params?: GivenParams;
  /** Where relative paths of a pipeline made in code start; the current folder if left out. */
  readonly folder?: string;
  /** Default: as on the command line, LETHE_CACHE or `cache/` beside the nearest package.json or the pipeline. */
  readonly cache?: string;
  /** Steps to run, with what they need; all if left out. */
  readonly steps?: readonly string[];
  readonly jobs?: number;
  /** Bytes that all worker processes together should keep to; default: no bound. */
  readonly memory?: number;
  readonly backend?: string;
  readonly force?: readonly string[];
  readonly keepGoing?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: LetheEvent) => void;
}

export interface PipelineRun {
  readonly finished: RunFinished;
  /** Why steps failed; empty if none did. */
  readonly failures: readonly Failure[];
  /** Rows of a step's table: `table`, `table.images`, `sigma[layer=conv1]`. */
  rows(step: string): Promise<Row[]>;
  /** Close when done with the tables. */
  close(): Promise<void>;
}

/**
 * Runs a pipeline file, or one made with `definePipeline`. `ok: false` lists every mistake in the pipeline; steps that fail are in
 * `failures` of the run.
 */
export async function runPipeline(
  pipeline: string | Pipeline,
  options: RunPipelineOptions = {},
): Promise<Result<PipelineRun>> {
  const opened = await openStore(cacheOf(pipeline, options));
  if (!opened.ok) return opened;
  const store = opened.value;
  const graph = await linkAny(pipeline, options, store);
  const ran = graph.ok ? await runGraph(graph.value, store, runOptions(options)) : graph;
  if (!graph.ok || !ran.ok) {
    await store.close();
    return graph.ok ? (ran as Result<never>) : graph;
  }
  return {
    ok: true,
    value: {
      finished: ran.value,
      failures: ran.value.failures,
      rows: (step) => rowsOf(graph.value, store, step),
      close: () => store.close(),
    },
  };
}

function cacheOf(pipeline: string | Pipeline, { cache, folder = '.' }: RunPipelineOptions): string {
  const given = cache ?? process.env['LETHE_CACHE'];
  if (given !== undefined && given !== '') return resolve(given);
  return defaultCacheFolder(typeof pipeline === 'string' ? dirname(resolve(pipeline)) : resolve(folder));
}

function linkAny(
  pipeline: string | Pipeline,
  { params, folder }: RunPipelineOptions,
  store: Store,
): Promise<Result<Graph>> {
  const given = params === undefined ? {} : { params };
  if (typeof pipeline !== 'string')
    return linkPipeline(pipeline, registry, { ...given, ...(folder === undefined ? {} : { folder }) });
  const memo = {
    get: (id: string): unknown => store.doc('memo', id),
    set: (id: string, value: unknown): Promise<void> =>
      store.readOnly ? Promise.resolve() : store.setDoc('memo', id, value),
  };
  return loadGraph({ file: resolve(pipeline), registry, memo, ...given });
}

function runOptions(options: RunPipelineOptions): Parameters<typeof runGraph>[2] {
  const { steps, jobs = availableParallelism(), memory, backend, force, keepGoing, signal, onEvent } = options;
  return {
    jobs,
    registry,
    workerModule: join(dirname(fileURLToPath(import.meta.url)), 'worker.js'),
    onEvent: onEvent ?? (() => undefined),
    ...(steps === undefined ? {} : { targets: steps }),
    ...(memory === undefined ? {} : { memory }),
    ...(backend === undefined ? {} : { backend }),
    ...(force === undefined ? {} : { force }),
    ...(keepGoing === undefined ? {} : { keepGoing }),
    ...(signal === undefined ? {} : { signal }),
  };
}

async function rowsOf(graph: Graph, store: Store, name: string): Promise<Row[]> {
  const [, step = name, output] = /^([^.[]+(?:\[.*\])?)(?:\.([\w-]+))?$/.exec(name) ?? [];
  const planned = await planGraph(graph, store, { targets: [step] });
  if (!planned.ok) throw new RangeError(planned.failures[0]?.headline ?? `no step ${step}`);
  const found = planned.value.steps.find((one) => one.step.name === step);
  const artifact: Artifact | undefined = found?.result?.outputs[output ?? Object.keys(found.step.outputs)[0] ?? ''];
  if (artifact === undefined)
    throw new RangeError(`${name} is no step with a result; steps of a sweep are named step[axis=value]`);
  return openArtifact(store, artifact).rows();
}
