// Pipelines defined in code: the same graph as from YAML, and the same failures with JSON pointers as positions.
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { definePipeline, linkPipeline } from '../../../src/runtime/authoring/define-pipeline.ts';
import type { Pipeline } from '../../../src/runtime/authoring/define-pipeline.ts';
import { renderFailures } from '../../../src/runtime/authoring/render-failure.ts';
import { graphOf, registry } from './authoring-rig.ts';

const pipeline = definePipeline({
  pipeline: 'p',
  params: { images: 3, layers: ['c', 'd'] },
  numerics: { backend: 'wasm' },
  steps: {
    data: { use: 'read-images', with: { format: 'folder', limit: { $param: 'images' } } },
    model: { use: 'read-model', each: { net: [{ architecture: 'a', fold: false }, { architecture: 'b' }] } },
    tap: { use: 'cut', from: { model: 'model' }, each: { layer: { $param: 'layers' } }, timeout: 3 },
    sigma: { use: 'measure', from: { tap: 'tap', data: 'data' } },
    all: { use: 'collect', from: { tables: ['sigma', 'model.notes'] } },
  },
});

test('the graph is that of the same pipeline in YAML', async () => {
  const linked = await linkPipeline(pipeline, registry, { params: { images: 4 } });
  const loaded = await graphOf(stringify(pipeline), { params: { images: '4' } });
  if (!linked.ok) throw new Error(renderFailures(linked.failures));
  const withoutLines = (graph: typeof loaded): unknown => ({
    ...graph,
    file: '',
    steps: graph.steps.map((step) => ({ ...step, line: 0 })),
  });
  expect(withoutLines(linked.value)).toEqual(withoutLines(loaded));
  expect(linked.value.file).toBe('<code>');
  expect(linked.value.steps.map(({ base, line }) => `${base} ${line}`)).toContain('sigma 4');
});

test('relative files start at the folder given', async () => {
  const steps = { model: { use: 'read-model', with: { architecture: 'x', weights: 'define-pipeline.test.ts' } } };
  const linked = await linkPipeline({ pipeline: 'p', steps }, registry, { folder: dirname(import.meta.filename) });
  expect(linked).toMatchObject({
    ok: true,
    value: { steps: [{ files: [{ pointer: '/weights', path: import.meta.filename }] }] },
  });
});

test('mistakes are reported with JSON pointers', async () => {
  const wrong = {
    pipeline: 'p',
    params: { 'a/b': 1 },
    steps: {
      data: { use: 'read-images', with: { format: 'cifar', files: ['x', 3] } },
      tap: { use: 'cut', from: { model: 'data' }, each: { layer: ['c', 4] } },
      more: { use: 'cuts', form: {} },
    },
  } as unknown as Pipeline;
  const linked = await linkPipeline(wrong, registry, { params: { none: 1 } });
  expect(linked.ok ? '' : renderFailures(linked.failures)).toMatchInlineSnapshot(`
    "error: "a/b" cannot be the name of a parameter
      at: /params/a~1b
      A name is a letter followed by letters, digits, - and _.

    error: the step more has no key form
      at:           /steps/more/form
      did you mean: from
      step:         more
      Keys: use, with, from, each, timeout.

    error: the pipeline has no parameter none
      It has no parameters: give them defaults under "params:".

    error: there is no node type cuts
      at:           /steps/more/use
      did you mean: cut
      step:         more
      Node types: collect, cut, measure, read-images, read-model.

    error: the port model cannot take data
      at:         /steps/tap/from/model
      takes:      network
      data gives: dataset
      step:       tap

    error: format has to be one of cifar10, folder
      at:           /steps/data/with/format
      given:        "cifar"
      did you mean: cifar10
      step:         data
      Layout of the files.

    error: files[1] has to be the path of a file
      at:    /steps/data/with/files/1
      given: 3
      step:  data

    error: layer has to be text
      at:    /steps/tap/each/layer/1
      given: 4
      step:  tap

    8 failures
    "
  `);
});

test('a value that YAML cannot represent is a bug of the program', async () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  for (const value of [() => 1, Number.NaN, 1n, circle]) {
    const bad = {
      pipeline: 'p',
      steps: { a: { use: 'read-model', with: { architecture: value } } },
    } as unknown as Pipeline;
    await expect(linkPipeline(bad, registry)).rejects.toThrow(TypeError);
  }
});
