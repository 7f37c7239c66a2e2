// Mistakes that the checks of node types report before anything is computed, as users see them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FORMATS } from '../../src/network/formats/index.ts';
import { registry } from '../../src/registry.ts';
import { loadGraph } from '../../src/runtime/authoring/load-graph.ts';
import { renderFailures } from '../../src/runtime/authoring/render-failure.ts';

const folder = mkdtempSync(join(tmpdir(), 'lethe-checks-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'w.safetensors'), '');

/** Positions, headlines and marked texts; empty for a correct pipeline. */
async function mistakesOf(steps: string): Promise<readonly string[]> {
  const text = `pipeline: p\nsteps:\n  data: { use: make-shapes, with: { count: 4, size: 16 } }\n${steps}`;
  const file = join(folder, 'p.yaml');
  writeFileSync(file, text);
  const graph = await loadGraph({ file, registry });
  if (graph.ok) return [];
  // all failures are shown with their line
  expect(renderFailures(graph.failures, { folder }).match(/~+\n/g)).toHaveLength(graph.failures.length);
  return graph.failures.map(({ headline, range, step }) => {
    return `${step}: ${headline}: ${text.slice(range?.start, range?.end)}`;
  });
}

test('unknown layers of a known architecture, over all points of a sweep', async () => {
  const steps = (taps: string): string => `
  nets: { use: train-network, from: { data: data }, each: { architecture: [resnet8, small-conv], seed: [1, 2, 3] } }
  loaded: { use: load-network, with: { architecture: resnet20, weights: w.safetensors } }
${taps}`;
  expect(
    await mistakesOf(
      steps(`
  one: { use: tap-layer, from: { network: loaded }, with: { layer: conv11 } }
  two: { use: tap-layer, from: { network: loaded }, each: { layer: [layer1, layre2, layer3.2.bn1, pool1] } }
  three: { use: tap-layer, from: { network: nets }, with: { layer: layer1 } }
`),
    ),
  ).toEqual([
    'one: resnet20 has no layer "conv11": conv11',
    'two: resnet20 has no layer "layre2": layre2',
    'two: resnet20 has no layer "pool1": pool1',
    'three: small-conv has no layer "layer1": layer1',
  ]);
  expect(
    await mistakesOf(steps('  tap: { use: tap-layer, from: { network: nets }, each: { layer: [conv1, fc] } }\n')),
  ).toEqual([]);
});

test('together with mistakes upstream', async () => {
  expect(
    await mistakesOf(`
  more: { use: make-shapes, with: { cnt: 4, size: 16, seed: [1] } }
  net: { use: train-network, from: { data: more }, with: { architecture: resnet8, epochs: { $param: rounds } } }
  tap: { use: tap-layer, from: { network: net }, each: { layer: [layer1, layr2] } }
  odd: { use: train-network, from: { data: data }, with: { architecture: 8 } }
  behind: { use: tap-layer, from: { network: odd }, with: { layer: any } }
  lost: { use: load-network, with: { architecture: resnet8, weights: no.safetensors, folder: { $param: where } } }
`),
  ).toEqual([
    'more: make-shapes has no parameter cnt: cnt',
    'more: seed has to be text or a whole number: [1]',
    'net: the pipeline has no parameter rounds: rounds',
    'tap: resnet8 has no layer "layr2": layr2',
    'odd: architecture has to be text that is not empty: 8',
    'lost: there is no file no.safetensors: no.safetensors',
    'lost: the pipeline has no parameter where: where',
  ]);
});

test('options that another architecture takes', async () => {
  expect(
    await mistakesOf(`
  a: { use: train-network, from: { data: data }, with: { architecture: resnet8, options: { batch_norm: false } } }
  b: { use: load-network, with: { architecture: small-conv, weights: w.safetensors, options: { filters: 3 } } }
  c: { use: load-network, with: { weights: w.safetensors } }
`),
  ).toEqual([
    'a: resnet8 has no option batch_norm: false',
    'b: options.filters has to be a whole number, at least 2 and at most 4096 and a multiple of 2: 3',
    // unless some format contains its own network description, in which case only the file can tell
    ...(FORMATS.some(({ bringsArchitecture }) => bringsArchitecture === true)
      ? []
      : ['c: w.safetensors contains only weights: the architecture is missing: load-network']),
  ]);
});

test('layers that a node type of the user foresees', async () => {
  writeFileSync(
    join(folder, 'mine.mjs'),
    `export const mine = {
  type: 'mine', version: 1, doc: 'Gives a network.', params: { type: 'object', properties: { depth: { type: 'integer', default: 1 } } },
  inputs: {}, examples: [], run: () => { throw new Error('not here'); },
  outputs: { network: { kind: { name: 'network', doc: 'A network.', codec: 'json' }, doc: 'It.',
    foresee: ({ depth }) => depth === 0 ? undefined : depth === 3 ? null.layers : depth === 4 ? { architecture: 'x', layers: [null], aliases: {} } : { architecture: 'mine' + depth, aliases: { last: 'b' }, layers: [{ name: 'a' }, { name: 'b' }] } } },
};`,
  );
  const file = join(folder, 'own.yaml');
  writeFileSync(
    file,
    `pipeline: p
nodes: [./mine.mjs]
steps:
  net: { use: mine, each: { depth: [0, 2, 3, 4] } }
  tap: { use: tap-layer, from: { network: net }, each: { layer: [a, last, c] } }
`,
  );
  const graph = await loadGraph({ file, registry });
  expect(graph.ok ? [] : graph.failures.map(({ headline }) => headline)).toEqual(['mine2 has no layer "c"']);
});

test('a node type whose "foresee" is not a function', async () => {
  writeFileSync(
    join(folder, 'odd.mjs'),
    `export const odd = {
  type: 'odd', version: 1, doc: 'Gives a network.', params: { type: 'object', properties: {} }, inputs: {}, examples: [], run: () => {},
  outputs: { network: { kind: { name: 'network', doc: 'A network.', codec: 'json' }, doc: 'It.', foresee: ['layer1'] } },
};`,
  );
  const file = join(folder, 'odd.yaml');
  writeFileSync(file, 'pipeline: p\nnodes: [./odd.mjs]\nsteps:\n  net: { use: odd }\n');
  const graph = await loadGraph({ file, registry });
  expect(graph.ok ? [] : graph.failures.map(({ headline }) => headline)).toContain(
    'the node type odd: outputs.network: "foresee" has to be a function',
  );
});

test('layers as the options of the architecture make them', async () => {
  expect(
    await mistakesOf(`
  plain: { use: train-network, from: { data: data }, with: { architecture: small-conv, options: { batch_norm: false } } }
  tap: { use: tap-layer, from: { network: plain }, each: { layer: [conv1, bn1] } }
`),
  ).toEqual(['tap: small-conv has no layer "bn1": bn1']);
});

test('unknown architectures and impossible options', async () => {
  expect(
    await mistakesOf(`
  a: { use: train-network, from: { data: data }, with: { architecture: smallconv } }
  b: { use: load-network, each: { architecture: [resnet9, resnet20] }, with: { weights: w.safetensors } }
  c: { use: load-network, with: { architecture: small-conv, weights: w.safetensors, options: { height: 4 } } }
  d: { use: train-network, from: { data: data }, with: { architecture: small-conv, options: { mean: [0.5], std: [1] } } }
  tap: { use: tap-layer, from: { network: a }, with: { layer: nonsense } }
`),
  ).toEqual([
    'a: there is no architecture "smallconv": smallconv',
    'b: there is no CIFAR ResNet with depth 9: resnet9',
    'c: the images are too small for small-conv: { height: 4 }',
  ]);
});

test('parameters of load-dataset that its format needs or does not use', async () => {
  expect(
    await mistakesOf(`
  a: { use: load-dataset, with: { format: cifar10 } }
  b: { use: load-dataset, with: { format: image-folder, files: [w.safetensors], split: test } }
  c: { use: load-dataset, with: { format: cifar10, files: [w.safetensors] } }
`),
  ).toEqual([
    'a: format cifar10 needs the parameter files: cifar10',
    'b: format image-folder needs the parameter images: image-folder',
    'b: format image-folder does not take the parameter files: [w.safetensors]',
    'b: format image-folder does not take the parameter split: test',
  ]);
});

test('the port of estimate-delta-f2 that its `per` needs', async () => {
  expect(
    await mistakesOf(`
  net: { use: train-network, from: { data: data }, with: { architecture: small-conv } }
  tap: { use: tap-layer, from: { network: net }, with: { layer: fc } }
  a: { use: estimate-delta-f2, from: { tap: tap, data: data }, with: { per: dataset } }
  b: { use: estimate-delta-f2, from: { tap: tap, reference: data } }
  c: { use: estimate-delta-f2, from: { tap: tap, data: data, reference: data }, each: { per: [image, dataset] } }
  d: { use: estimate-delta-f2, from: { tap: tap, dat: data } }
`),
  ).toEqual([
    'a: per: dataset needs the port reference: dataset',
    'b: per: image needs the port data: estimate-delta-f2',
    'd: estimate-delta-f2 has no port dat: dat',
  ]);
});

test('mistakes downstream of a missing file, in addition to it', async () => {
  const steps = `
  loaded: { use: load-network, with: { architecture: resnet20, weights: none.safetensors } }
  tap: { use: tap-layer, from: { network: loaded }, with: { layer: layre2 } }
`;
  expect(await mistakesOf(steps)).toEqual([
    'loaded: there is no file none.safetensors: none.safetensors',
    'tap: resnet20 has no layer "layre2": layre2',
  ]);
});
