// Helpers for the engine's tests: graphs written by hand, a store in a temporary folder, real worker processes, and a
// log of computations.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { Artifact, Digest } from '../../../src/runtime/contracts/artifact.ts';
import { openArtifact } from '../../../src/runtime/store/artifact-io.ts';
import type { LetheEvent } from '../../../src/runtime/contracts/events.ts';
import type { Edge, FileParam, Graph, Json, Step } from '../../../src/runtime/contracts/graph.ts';
import { runGraph } from '../../../src/runtime/engine/run.ts';
import type { RunOptions, RunSummary } from '../../../src/runtime/engine/run.ts';
import { openStore } from '../../../src/runtime/store/open-store.ts';
import type { Store } from '../../../src/runtime/store/store.ts';
import type { Executors } from '../../../src/runtime/workers/executor.ts';
import { localExecutors } from '../../../src/runtime/workers/local-executors.ts';
import { nodes, registry } from './fixtures/nodes.ts';

/**
 * Bundled fixtures, so that child processes can execute them independently of dist/. They are beside dist/, so that
 * packages are found.
 */
const built = fileURLToPath(new URL(`../../../dist/test-fixtures-${process.pid}/`, import.meta.url));

export function buildFixtures(): { readonly worker: string; readonly main: string } {
  const entry = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));
  buildSync({
    entryPoints: [entry('worker'), entry('main')],
    outdir: built,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return { worker: join(built, 'worker.js'), main: join(built, 'main.js') };
}

export function removeFixtures(): void {
  rmSync(built, { recursive: true, force: true });
}

export interface StepSpec {
  readonly use: string;
  readonly name: string;
  readonly with?: { readonly [key: string]: Json };
  /** Sources: `step`, `step.output`, or a list of these for a `many` port. */
  readonly from?: Readonly<Record<string, string | readonly string[]>>;
  readonly files?: readonly FileParam[];
  readonly timeout?: number;
}

function edge(text: string, steps: readonly Step[]): Edge {
  const [name = '', output] = text.split('.');
  const upstream = steps.find((step) => step.name === name);
  if (!upstream) throw new Error(`no step ${name}`);
  return { step: name, output: output ?? Object.keys(upstream.outputs)[0] ?? '', axes: {} };
}

type Reads = Readonly<Record<string, readonly string[]>>;

/** Links steps of the fixture nodes, in the given order. */
export function graphOf(specs: readonly StepSpec[], more: Partial<Graph> = {}): Graph {
  const steps: Step[] = [];
  for (const spec of specs) {
    const node = nodes.find((candidate) => candidate.type === spec.use);
    if (!node) throw new Error(`no node ${spec.use}`);
    const perItem = Object.entries(node.inputs as Record<string, { perItem?: true }>)
      .filter(([, port]) => port.perItem)
      .map(([name]) => name);
    steps.push({
      name: spec.name,
      base: spec.name.replace(/\[.*/, ''),
      axes: {},
      node: node.type,
      version: node.version,
      params: spec.with ?? {},
      files: spec.files ?? [],
      inputs: Object.fromEntries(
        Object.entries(spec.from ?? {}).map(([port, from]) => [
          port,
          Array.isArray(from) ? (from as string[]).map((one) => edge(one, steps)) : edge(from as string, steps),
        ]),
      ),
      outputs: Object.fromEntries(
        Object.entries(node.outputs as Record<string, { kind: { name: string } }>).map(([name, port]) => [
          name,
          port.kind.name,
        ]),
      ),
      light: node.light ?? false,
      ...(node.items
        ? {
            items: {
              over: node.items.over as string,
              perItem,
              batch: node.items.batch,
              reads: node.items.reads as Reads,
            },
          }
        : {}),
      ...(spec.timeout === undefined ? {} : { timeout: spec.timeout }),
      line: steps.length + 1,
    });
  }
  return { pipeline: 'test', file: '<code>', params: {}, steps, modules: [], ...more };
}

export type Ran = RunSummary & {
  readonly events: readonly LetheEvent[];
  failure(step: string): Extract<LetheEvent, { event: 'step-finished' }>['failure'];
};

export class Rig {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'lethe-engine-'));
  readonly cache: string = join(this.folder, 'cache');
  readonly log: string = join(this.folder, 'log');
  readonly warnings: string[] = [];
  private opened: Store | undefined;
  private readonly built: { readonly worker: string; readonly main: string };

  constructor(fixtures: { readonly worker: string; readonly main: string }) {
    this.built = fixtures;
  }

  async store(): Promise<Store> {
    if (this.opened) return this.opened;
    const opened = await openStore(this.cache);
    if (!opened.ok) throw new Error(JSON.stringify(opened.failures));
    return (this.opened = opened.value);
  }

  async closeStore(): Promise<void> {
    await this.opened?.close();
    this.opened = undefined;
  }

  /** Executors with the nodes of the fixtures. */
  async executors(backend?: string): Promise<Executors> {
    return localExecutors({ store: await this.store(), registry, workerModule: this.built.worker, backend });
  }

  async run(graph: Graph, options: Partial<RunOptions> = {}): Promise<Ran> {
    const events: LetheEvent[] = [];
    const ran = await runGraph(graph, await this.store(), {
      jobs: 2,
      executors: await this.executors(options.backend),
      ...options,
      onEvent: (event) => {
        events.push(event);
        options.onEvent?.(event);
      },
    });
    if (!ran.ok) throw new Error(JSON.stringify(ran.failures));
    return Object.assign(ran.value, {
      events,
      failure: (step: string) =>
        events
          .flatMap((event) =>
            event.event === 'step-finished' && event.step === step && event.failure ? [event.failure] : [],
          )
          .at(-1),
    });
  }

  /** The same run in a separate process; `finished` gives its exit code and events. */
  spawn(
    graph: Graph,
    options: object = {},
  ): { readonly child: ChildProcess; readonly finished: Promise<{ code: number | null; events: LetheEvent[] }> } {
    const path = join(this.folder, `graph-${process.hrtime.bigint()}.json`);
    writeFileSync(path, JSON.stringify(graph));
    const child = spawn(
      process.execPath,
      [this.built.main, this.cache, path, JSON.stringify({ jobs: 2, ...options })],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const finished = new Promise<{ code: number | null; events: LetheEvent[] }>((resolve) => {
      child.on('close', (code) => {
        const lines = output.split('\n').filter((line) => line.endsWith('}'));
        resolve({ code, events: lines.map((line) => JSON.parse(line) as LetheEvent) });
      });
    });
    return { child, finished };
  }

  /** Computations logged since the last call, sorted. */
  executions(): string[] {
    if (!existsSync(this.log)) return [];
    const lines = readFileSync(this.log, 'utf8').split('\n').filter(Boolean);
    rmSync(this.log);
    return lines.sort();
  }

  /** Value of a json artifact, or rows of a table. */
  async read(graph: Graph, ran: RunSummary, step: string): Promise<unknown> {
    const found = graph.steps.find((one) => one.name === step);
    const [kind] = Object.values(found?.outputs ?? {});
    const artifact: Artifact = { kind: kind ?? '', digest: ran.outputs[step]?.digest as Digest };
    const reader = openArtifact(await this.store(), artifact);
    return ran.outputs[step]?.path ? reader.rows() : reader.value();
  }

  async close(): Promise<void> {
    await this.closeStore();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A graph with a `make-data` step and one `scale` step that reads it. */
export function scaling(
  rig: Rig,
  values: readonly number[],
  more: { readonly [key: string]: Json } = {},
): readonly StepSpec[] {
  return [
    { use: 'make-data', name: 'data', with: { values, labels: [], log: rig.log } },
    {
      use: 'scale',
      name: 'scaled',
      with: { factor: 2, log: rig.log, sleep: 0, die: '', ...more },
      from: { data: 'data' },
    },
  ];
}
