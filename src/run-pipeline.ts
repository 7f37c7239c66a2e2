// Runs pipelines from programs, with the same graph, store, settings and events as the command line.
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pipeline } from './runtime/authoring/define-pipeline.ts';
import type { GivenParams } from './runtime/authoring/resolve-params.ts';
import type { Row } from './runtime/contracts/artifact.ts';
import type { LetheEvent, RunFinished } from './runtime/contracts/events.ts';
import type { Failure, Result } from './runtime/contracts/failure.ts';
import { SETTINGS, readSetting } from './runtime/contracts/settings.ts';
import { splitOutputName } from './runtime/contracts/step-name.ts';
import { planGraph } from './runtime/engine/plan.ts';
import { runGraph } from './runtime/engine/run.ts';
import { openArtifact } from './runtime/store/artifact-io.ts';
import type { Store } from './runtime/store/store.ts';
import type { Executors } from './runtime/workers/executor.ts';
import { localExecutors } from './runtime/workers/local-executors.ts';
import { registry } from './registry.ts';
import { openWorkspace } from './workspace.ts';
import type { Workspace } from './workspace.ts';

export interface RunPipelineOptions {
  /** Values of the pipeline's parameters. */
  readonly params?: GivenParams;
  /** Folder to which the paths in a pipeline defined in code are relative. Default: the current folder. */
  readonly folder?: string;
  /** Cache folder; default: LETHE_CACHE, else `cache/` beside the nearest package.json, else beside the pipeline. */
  readonly cache?: string;
  /** Steps to run, with all steps that they depend on. Default: all steps. */
  readonly steps?: readonly string[];
  /** Number of worker processes. Default: the number of cores. */
  readonly jobs?: number;
  /** Memory bound for all worker processes together, in bytes. Default: LETHE_MEMORY, else no bound. */
  readonly memory?: number;
  /** Tensor backend, e.g. `wasm`; default: LETHE_BACKEND, else `auto`. */
  readonly backend?: string;
  readonly force?: readonly string[];
  readonly keepGoing?: boolean;
  readonly signal?: AbortSignal;
  /** Executors that compute the steps. Default: this process and worker processes on this machine. */
  readonly executors?: (store: Store) => Executors;
  readonly onEvent?: (event: LetheEvent) => void;
}

export interface PipelineRun {
  readonly finished: RunFinished;
  /** Failures of steps; empty if all steps succeeded. */
  readonly failures: readonly Failure[];
  /**
   * Reads the rows of the table that a step has as an output. `step` is, for example, `table`, `table.images` (the
   * output `images`) or `sigma[layer=conv1]` (a point of a sweep).
   * @throws RangeError if there is no such step, or if it has no result
   */
  rows(step: string): Promise<Row[]>;
  /** Closes the cache. Tables cannot be read afterwards. */
  close(): Promise<void>;
}

/**
 * Runs a pipeline file, or a pipeline made with `definePipeline`. Mistakes in the pipeline, the options or the
 * environment (LETHE_MEMORY, LETHE_BACKEND) give a result with `ok: false`. If steps fail, the result has `ok: true`,
 * and `failures` of the run lists their failures.
 */
export async function runPipeline(
  pipeline: string | Pipeline,
  options: RunPipelineOptions = {},
): Promise<Result<PipelineRun>> {
  const settings = readSettings(options);
  if (!settings.ok) return settings;
  const { params, folder, cache } = options;
  const opened = await openWorkspace({
    pipeline,
    ...(params === undefined ? {} : { params }),
    ...(folder === undefined ? {} : { folder }),
    ...(cache === undefined ? {} : { cache }),
  });
  if (!opened.ok) return opened;
  const { graph, store } = opened.value;
  const ran = await runGraph(graph, store, runOptions(store, options, settings.value));
  if (!ran.ok) {
    await store.close();
    return ran;
  }
  return {
    ok: true,
    value: {
      finished: ran.value,
      failures: ran.value.failures,
      rows: (step) => rowsOf(opened.value, step),
      close: () => store.close(),
    },
  };
}

interface RunSettings {
  readonly memory: number | undefined;
  readonly backend: string | undefined;
}

/** Reads settings from the options, else from the environment, as the command line does. */
function readSettings({ memory, backend }: RunPipelineOptions): Result<RunSettings> {
  const bytes = memory === undefined ? readSetting(SETTINGS.memory) : { ok: true as const, value: memory };
  if (!bytes.ok) return bytes;
  const name = backend === undefined ? readSetting(SETTINGS.backend) : SETTINGS.backend.read(backend, 'backend');
  if (!name.ok) return name;
  return { ok: true, value: { memory: bytes.value, backend: name.value } };
}

function runOptions(
  store: Store,
  options: RunPipelineOptions,
  { memory, backend }: RunSettings,
): Parameters<typeof runGraph>[2] {
  const { steps, jobs = availableParallelism(), force, keepGoing, signal, executors, onEvent } = options;
  const workerModule = join(dirname(fileURLToPath(import.meta.url)), 'worker.js');
  return {
    jobs,
    executors: executors?.(store) ?? localExecutors({ store, registry, workerModule, backend }),
    onEvent: onEvent ?? (() => undefined),
    ...(steps === undefined ? {} : { targets: steps }),
    ...(memory === undefined ? {} : { memory }),
    ...(backend === undefined ? {} : { backend }),
    ...(force === undefined ? {} : { force }),
    ...(keepGoing === undefined ? {} : { keepGoing }),
    ...(signal === undefined ? {} : { signal }),
  };
}

async function rowsOf({ graph, store }: Workspace, name: string): Promise<Row[]> {
  const { step, output } = splitOutputName(name);
  const planned = await planGraph(graph, store, { targets: [step] });
  if (!planned.ok) throw new RangeError(planned.failures[0]?.headline ?? `no step ${step}`);
  const found = planned.value.steps.find((one) => one.step.name === step);
  const artifact = found?.result?.outputs[output ?? Object.keys(found.step.outputs)[0] ?? ''];
  if (artifact === undefined)
    throw new RangeError(`${name} is not a step with a result; steps of a sweep are named step[axis=value]`);
  return openArtifact(store, artifact).rows();
}
