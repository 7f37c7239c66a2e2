// A new metric needs only its node type and its kind. Here a user's node type measures a metric that is not built in,
// and it works with every node and view that joins, compares, masks or shows metrics.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { defineKind } from '../../../src/runtime/contracts/artifact.ts';
import { defineNode } from '../../../src/runtime/contracts/define.ts';
import type { NodeDefinition, NodeRegistry } from '../../../src/runtime/contracts/define.ts';
import { Type } from '../../../src/index.ts';
import { linkPipeline } from '../../../src/runtime/authoring/define-pipeline.ts';
import type { Pipeline } from '../../../src/runtime/authoring/define-pipeline.ts';
import { openArtifact } from '../../../src/runtime/store/artifact-io.ts';
import { runGraph } from '../../../src/runtime/engine/run.ts';
import { datasetKind } from '../../../src/nodes/kinds/dataset.ts';
import { measurementKind } from '../../../src/nodes/kinds/measurement.ts';
import { registry } from '../../../src/registry.ts';
import { renderTable } from '../../../src/commands/view/table-text.ts';
import { localExecutors } from '../../../src/runtime/workers/local-executors.ts';
import { temporaryStore } from '../../runtime/store/temporary-store.ts';

const uncertaintyKind = defineKind({
  name: 'uncertainty',
  doc: 'A made-up metric.',
  codec: 'table',
  is: measurementKind,
  columns: {
    ...measurementKind.columns,
    ru: { type: 'float64', unit: 'bits', over: 'mean', error: 'ru_se', beside: ['rounds'], doc: 'Uncertainty.' },
    ru_se: { type: 'float64', unit: 'bits', doc: 'Standard error of ru.' },
    rounds: { type: 'int32', over: 'mean', doc: 'Rounds.' },
    decoded: { type: 'bool', over: 'count', doc: 'Whether the decoder worked.' },
    height: { type: 'int32', doc: 'Rows of the map.' },
    width: { type: 'int32', doc: 'Columns of the map.' },
    ru_map: { type: 'float32[]', unit: 'bits', map: true, doc: 'Uncertainty of every pixel.' },
  },
});

const measureUncertainty = defineNode({
  type: 'measure-uncertainty',
  version: 1,
  doc: 'Measures nothing in particular.',
  params: Type.Object({ layer: Type.String(), strength: Type.Integer() }),
  inputs: { data: { kind: datasetKind, doc: 'Images.' } },
  outputs: { uncertainty: { kind: uncertaintyKind, doc: 'One row per image.' } },
  examples: [],
  light: true,
  async run({ inputs, params: { layer, strength }, table }) {
    const rows = ((await inputs.data.items()) ?? []).map(({ id }, index) => ({
      image: id,
      index,
      ru: strength + index + layer.length,
      ru_se: 0.5,
      rounds: 10 * strength,
      decoded: index > 0,
      height: 16,
      width: 16,
      ru_map: Float32Array.from({ length: 256 }, (_, i) => strength * Math.floor(i / 16)),
    }));
    return { uncertainty: await table(uncertaintyKind, rows) };
  },
});

const withMine: NodeRegistry = {
  types: [...registry.types, measureUncertainty.type],
  load: (type) =>
    type === measureUncertainty.type
      ? Promise.resolve(measureUncertainty as unknown as NodeDefinition)
      : registry.load(type),
};

/**
 * Pipeline with the metric.
 * @param metric the metric that `compare` compares
 */
function pipelineOf(metric?: string): Pipeline {
  const given = { series: 'strength', by: 'layer', ...(metric === undefined ? {} : { metric }) };
  return {
    pipeline: 'uncertain',
    steps: {
      data: { use: 'make-shapes', with: { count: 3, size: 16 } },
      ru: { use: 'measure-uncertainty', from: { data: 'data' }, each: { layer: ['conv1', 'fc'], strength: [1, 2] } },
      focus: { use: 'concentration', from: { sigma: 'ru', data: 'data' } },
      joined: { use: 'aggregate', from: { tables: 'ru', concentration: 'focus' } },
      gain: { use: 'compare', with: given, from: { images: 'joined.images' } },
    },
  };
}

it('a metric of a user is joined, masked, compared and shown', async () => {
  const store = await temporaryStore();
  const graph = await linkPipeline(pipelineOf(), withMine);
  if (!graph.ok) throw new Error(JSON.stringify(graph.failures));
  const ran = await runGraph(graph.value, store, {
    executors: localExecutors({ store, registry: withMine, workerModule: '' }),
    jobs: 1,
    onEvent: () => undefined,
  });
  if (!ran.ok) throw new Error(JSON.stringify(ran.failures));
  expect(ran.value.failures).toEqual([]);
  const open = (step: string, output?: string) => {
    const ref = ran.value.outputs[step]!;
    return openArtifact(store, { kind: '', digest: output === undefined ? ref.digest : ref.others![output]!.digest });
  };

  const summary = await open('joined').rows();
  expect(summary.map(({ layer, strength, ru }) => [layer, strength, ru])).toEqual([
    ['conv1', 1, 7],
    ['conv1', 2, 8],
    ['fc', 1, 4],
    ['fc', 2, 5],
  ]);
  expect(summary[1]).toMatchObject({
    ru_se: Math.sqrt(1 / 3),
    ru_measurement_se: 0.5,
    rounds: 20,
    rounds_se: 0,
    decoded: 2,
    concentration_images: 3,
    images: 3,
    units: 'bits',
  });

  const images = await open('joined', 'images').table();
  expect(images.axes).toEqual(['layer', 'strength']);
  expect(images.length).toBe(12);
  expect(images.columns['ru_map']).toEqual(uncertaintyKind.columns.ru_map);
  expect(images.columns['concentration']).toMatchObject({ unit: 'bits', over: 'mean' });
  expect(images.cells('ru_map')[3]).toEqual(Float32Array.from({ length: 256 }, (_, i) => 2 * Math.floor(i / 16)));
  // twice the map has twice the concentration
  const concentration = images.cells('concentration') as readonly number[];
  for (const at of [0, 1, 2]) expect(concentration[3 + at]).toBeCloseTo(2 * concentration[at]!, 12);

  const gain = await open('gain').rows();
  expect(
    gain.map(({ layer, metric, a, b, difference, images: count }) => [layer, metric, a, b, difference, count]),
  ).toEqual([
    ['conv1', 'ru', '1', '2', 1, 3],
    ['fc', 'ru', '1', '2', 1, 3],
  ]);

  const text = renderTable(await open('joined').table(), 80);
  expect(text.split('\n')[0]).toMatch(/^layer +strength +ru \[bits\] +rounds/);
  expect(text).toMatch(/7\.00 ± 0\.58/);
});

it('a metric to compare is known before anything runs', async () => {
  expect((await linkPipeline(pipelineOf('concentration'), withMine)).ok).toBe(true);
  const linked = await linkPipeline(pipelineOf('sid'), withMine);
  expect(linked).toMatchObject({
    ok: false,
    failures: [
      {
        reason: 'unknown-metric',
        headline: 'the table has no metric "sid"',
        values: { at: '/steps/gain/with/metric', metrics: 'ru, rounds, concentration' },
        step: 'gain',
      },
    ],
  });
});

it('a table without a map cannot be masked, and one without a metric cannot be joined', async () => {
  const steps = {
    data: { use: 'make-shapes', with: { count: 3, size: 16 } },
    ru: { use: 'measure-uncertainty', with: { layer: 'fc', strength: 1 }, from: { data: 'data' } },
    focus: { use: 'concentration', from: { sigma: 'ru', data: 'data' } },
    again: { use: 'concentration', from: { sigma: 'focus', data: 'data' } },
  };
  expect(await linkPipeline({ pipeline: 'p', steps }, withMine)).toMatchObject({
    ok: false,
    failures: [{ reason: 'no-map', step: 'again' }],
  });
});

it('no metric is known by name where tables are joined, compared and shown', () => {
  const source = fileURLToPath(new URL('../../../src/', import.meta.url));
  const own = ['nodes/measures/', 'nodes/kinds/sigma.ts', 'math/'];
  const files = readdirSync(source, { recursive: true })
    .map((name) => String(name).replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts') && !own.some((place) => name.startsWith(place)));
  expect(files.length).toBeGreaterThan(200);
  // the names of example files, sid.yaml and sid.csv, are allowed
  const metric = /\b(?:sid|constraint_ratio|sid_map)\b(?!\.(?:yaml|csv))/;
  expect(files.filter((name) => metric.test(readFileSync(join(source, name), 'utf8')))).toEqual([]);
});
