// Pins the outputs of every node type at its version in golden.json (law 3). If a step and all steps upstream are
// light, its bytes are the same everywhere, so the digest is stored. For other steps, rounded numbers are stored,
// computed on the backend `cpu`. If an output changed, raise the version of the node type; then `LETHE_GOLDEN=write npx
// vitest run test/nodes/golden.test.ts` adds the new entry. Existing entries are never overwritten.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { registry } from '../../src/registry.ts';
import { loadGraph } from '../../src/runtime/authoring/load-graph.ts';
import type { Artifact, Cell } from '../../src/runtime/contracts/artifact.ts';
import type { Graph, Step } from '../../src/runtime/contracts/graph.ts';
import { planGraph } from '../../src/runtime/engine/plan.ts';
import { runGraph } from '../../src/runtime/engine/run.ts';
import { openArtifact } from '../../src/runtime/store/artifact-io.ts';
import { readManifest } from '../../src/runtime/store/manifest.ts';
import type { Store } from '../../src/runtime/store/store.ts';
import { localExecutors } from '../../src/runtime/workers/local-executors.ts';
import { temporaryStore } from '../runtime/store/temporary-store.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const GOLDEN = fileURLToPath(new URL('golden.json', import.meta.url));

/** Per `type@version` a list of examples; per example the outputs of the steps of this type, by `step.output`. */
type Golden = Record<string, readonly Readonly<Record<string, unknown>>[]>;

const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Golden;
const isWriting = process.env['LETHE_GOLDEN'] === 'write';
const added: Golden = {};

beforeAll(() => vi.stubEnv('LETHE_BACKEND', 'cpu'));
afterAll(async () => {
  vi.unstubAllEnvs();
  if (Object.keys(added).length === 0) return;
  const entries = Object.entries({ ...golden, ...added }).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify(Object.fromEntries(entries));
  writeFileSync(GOLDEN, await format(text, { ...(await resolveConfig(GOLDEN)), parser: 'json' }));
});

it.each(registry.types)('%s has the same outputs as before at its version', async (type) => {
  const { version, examples } = await registry.load(type);
  const name = `${type}@${version}`;
  const outputs: Readonly<Record<string, unknown>>[] = [];
  for (const example of examples) outputs.push(await runExample(type, example));
  const known = golden[name];
  if (known === undefined && isWriting) added[name] = outputs;
  else {
    expect(known, `${name} has no entry: add it with LETHE_GOLDEN=write`).toBeDefined();
    expect(outputs, `the output of ${name} changed: bump its version`).toEqual(known);
  }
});

async function runExample(type: string, example: string): Promise<Readonly<Record<string, unknown>>> {
  // An example names files of this project, so it has to lie in it. Git ignores `out`, should the test be killed.
  const file = join(PROJECT, 'out', `golden-${process.pid}.yaml`);
  mkdirSync(join(PROJECT, 'out'), { recursive: true });
  writeFileSync(file, example);
  try {
    const store = await temporaryStore();
    const loaded = await loadGraph({ file, registry });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.failures));
    const graph: Graph = { ...loaded.value, steps: loaded.value.steps.map((step) => ({ ...step, light: true })) };
    const ran = await runGraph(graph, store, {
      executors: localExecutors({ store, registry, workerModule: '' }),
      jobs: 1,
      onEvent: () => undefined,
    });
    if (!ran.ok) throw new Error(JSON.stringify(ran.failures));
    expect(ran.value.failures).toEqual([]);
    return await outputsOf(type, loaded.value, graph, store);
  } finally {
    rmSync(file);
  }
}

async function outputsOf(type: string, graph: Graph, ran: Graph, store: Store): Promise<Record<string, unknown>> {
  const planned = await planGraph(ran, store, {});
  if (!planned.ok) throw new Error(JSON.stringify(planned.failures));
  const found: Record<string, unknown> = {};
  for (const { step, result } of planned.value.steps) {
    if (step.node !== type) continue;
    for (const [output, artifact] of Object.entries(result?.outputs ?? {})) {
      const isExact = isLightThroughout(graph, step.name);
      found[`${step.name}.${output}`] = isExact ? artifact.digest : await rounded(store, artifact);
    }
  }
  expect(Object.keys(found).length).toBeGreaterThan(0);
  return found;
}

/** True if the step and all steps on which it depends compute without tensors. */
function isLightThroughout(graph: Graph, name: string): boolean {
  const { light, inputs } = graph.steps.find((step) => step.name === name) as Step;
  const edges = Object.values(inputs).flatMap((input) => ('step' in input ? [input] : [...input]));
  return light && edges.every(({ step }) => isLightThroughout(graph, step));
}

/** Rows of a table, or the value of a json artifact with its tensors, to four digits. */
async function rounded(store: Store, artifact: Artifact): Promise<unknown> {
  const manifest = await readManifest(store, artifact.digest);
  const reader = openArtifact(store, artifact);
  if ('table' in manifest) {
    return (await reader.rows()).map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, roundCell(cell)])),
    );
  }
  const tensors = [];
  for (const ref of manifest.refs) {
    const bytes = await reader.blob(ref);
    tensors.push(roundCell(new Float32Array(Uint8Array.from(bytes).buffer)));
  }
  return { value: withoutDigests(manifest.value), tensors };
}

function roundCell(cell: Cell): unknown {
  if (typeof cell === 'number') return Number(cell.toPrecision(4));
  if (!(cell instanceof Float32Array)) return cell;
  const size = cell.reduce((sum, value) => sum + Math.abs(value), 0) / Math.max(1, cell.length);
  return { length: cell.length, 'mean size': Number(size.toPrecision(4)) };
}

function withoutDigests(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) => {
      if (typeof part === 'number') return Number(part.toPrecision(4));
      return typeof part === 'string' && /^[0-9a-f]{64}$/.test(part) ? 'digest' : part;
    }),
  );
}
