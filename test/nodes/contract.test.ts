// What every node type promises, whatever it computes: its examples run, give what they declare, leave no tensor behind, and
// give the same bytes again. Heavy steps run in this process here, so that tensors can be counted.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../src/registry.ts';
import { readManifest } from '../../src/runtime/store/manifest.ts';
import type { Graph } from '../../src/runtime/contracts/graph.ts';
import { loadGraph } from '../../src/runtime/authoring/load-graph.ts';
import { runGraph } from '../../src/runtime/engine/run.ts';
import type { RunSummary } from '../../src/runtime/engine/run.ts';
import type { Store } from '../../src/runtime/store/store.ts';
import { openStore } from '../../src/runtime/store/open-store.ts';

/** Examples name files of the project relative to its folder. */
const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lethe-contract-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cards = await Promise.all(registry.types.map((type) => registry.load(type)));

describe.each(cards.map((card) => [card.type, card] as const))('%s', (type, card) => {
  it('is documented: itself, its parameters and its ports, each in sentences', () => {
    const texts = [
      card.doc,
      ...Object.values(card.params.properties).map((schema) => schema.description ?? ''),
      ...[...Object.values(card.inputs), ...Object.values(card.outputs)].map((port) => port.doc),
    ];
    for (const text of texts) expect(text).toMatch(/^.{8,}[.)`]$/s);
    expect(card.examples.length).toBeGreaterThan(0);
  });

  it.each(card.examples.map((example, index) => [index, example] as const))(
    'example %i runs, gives what it declares, and the same again without leaving a tensor',
    async (index, example) => {
      expect(example).toContain(`use: ${type}`);
      const first = await runExample(`${type}-${index}-a`, example);
      const tensors = tf.memory().numTensors;
      const second = await runExample(`${type}-${index}-b`, example);
      expect(tf.memory().numTensors, 'tensors after the second run, against after the first').toBe(tensors);
      expect(second.digests).toEqual(first.digests);
    },
  );
});

async function runExample(name: string, example: string): Promise<{ digests: Record<string, unknown> }> {
  const file = join(PROJECT, 'pipelines', `.contract-${process.pid}-${name}.yaml`);
  writeFileSync(file, example);
  const opened = await openStore(join(folder, name));
  if (!opened.ok) throw new Error(opened.failures[0]?.headline);
  try {
    const graph = await loadGraph({ file, registry });
    if (!graph.ok) throw new Error(JSON.stringify(graph.failures));
    const inProcess: Graph = { ...graph.value, steps: graph.value.steps.map((step) => ({ ...step, light: true })) };
    const ran = await runGraph(inProcess, opened.value, {
      registry,
      workerModule: '',
      jobs: 1,
      onEvent: () => undefined,
    });
    if (!ran.ok) throw new Error(JSON.stringify(ran.failures));
    expect(ran.value.failures).toEqual([]);
    await expectDeclaredKinds(inProcess, opened.value, ran.value);
    return {
      digests: Object.fromEntries(Object.entries(ran.value.outputs).map(([step, output]) => [step, output.digest])),
    };
  } finally {
    rmSync(file);
    await opened.value.close();
  }
}

async function expectDeclaredKinds(graph: Graph, store: Store, run: RunSummary): Promise<void> {
  for (const step of graph.steps) {
    const output = run.outputs[step.name];
    expect(output, step.name).toBeDefined();
    if (output !== undefined)
      expect((await readManifest(store, output.digest)).kind).toBe(Object.values(step.outputs)[0]);
  }
}
