// Sweeps: points of a step from `each` and from its edges.
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../src/runtime/contracts/graph.ts';
import { graphOf, mistakesOf } from './authoring-rig.ts';

const MODELS = `pipeline: p
steps:
  data: { use: read-images, with: { format: folder } }
  model: { use: read-model, each: { architecture: [a, b] } }
  tap: { use: cut, from: { model: model }, each: { layer: [c, d] } }
  sigma: { use: measure, from: { tap: tap, data: data } }
`;
const names = (graph: Graph, base: string): string[] =>
  graph.steps.filter((step) => step.base === base).map((step) => step.name);
const inputs = (graph: Graph, step: string, port: string): string[] =>
  [graph.steps.find(({ name }) => name === step)?.inputs[port] ?? []].flat().map((edge) => edge.step);

describe('axes', () => {
  test('propagate along edges, the upstream ones first and slowest, until a port collects', async () => {
    const graph = await graphOf(`${MODELS}  all: { use: collect, from: { tables: sigma } }\n`);
    const points = [
      'architecture=a,layer=c',
      'architecture=a,layer=d',
      'architecture=b,layer=c',
      'architecture=b,layer=d',
    ];
    expect(names(graph, 'tap')).toEqual(points.map((point) => `tap[${point}]`));
    expect(names(graph, 'sigma')).toEqual(points.map((point) => `sigma[${point}]`));
    expect(names(graph, 'all')).toEqual(['all']);
    expect(inputs(graph, 'all', 'tables')).toEqual(points.map((point) => `sigma[${point}]`));
    expect(inputs(graph, 'sigma[architecture=b,layer=c]', 'tap')).toEqual(['tap[architecture=b,layer=c]']);
    expect(inputs(graph, 'sigma[architecture=b,layer=c]', 'data')).toEqual(['data']);
    expect(graph.steps.find(({ name }) => name === 'tap[architecture=b,layer=c]')).toMatchObject({
      axes: { architecture: 'b', layer: 'c' },
      params: { layer: 'c' },
      inputs: { model: { step: 'model[architecture=b]', axes: { architecture: 'b' } } },
    });
  });
  test('two edges with the same axis are joined on equal values, different axes give the product', async () => {
    const graph = await graphOf(`pipeline: p
steps:
  data: { use: read-images, with: { format: folder }, each: { limit: [1, 2] } }
  model: { use: read-model, each: { architecture: [a, b] } }
  tap: { use: cut, from: { model: model }, with: { layer: c } }
  sigma: { use: measure, from: { tap: tap, data: data, reference: data } }
`);
    expect(names(graph, 'sigma')).toEqual([
      'sigma[architecture=a,limit=1]',
      'sigma[architecture=a,limit=2]',
      'sigma[architecture=b,limit=1]',
      'sigma[architecture=b,limit=2]',
    ]);
    expect(inputs(graph, 'sigma[architecture=b,limit=2]', 'reference')).toEqual(['data[limit=2]']);
  });
  test('of different steps with the same name are one axis: only common values remain', async () => {
    const graph = await graphOf(`pipeline: p
steps:
  data: { use: read-images, with: { format: folder }, each: { size: [{ limit: 1 }, { limit: 2 }, { limit: 3 }] } }
  other: { use: read-images, with: { format: folder }, each: { size: [{ limit: 3 }, { limit: 1 }] } }
  model: { use: read-model, with: { architecture: a } }
  tap: { use: cut, from: { model: model }, with: { layer: c } }
  sigma: { use: measure, from: { tap: tap, data: data, reference: other } }
`);
    expect(names(graph, 'sigma')).toEqual(['sigma[size=1]', 'sigma[size=3]']);
  });
  test('a list of maps sets several parameters; the first scalar names the point', async () => {
    const graph = await graphOf(`pipeline: p
params: { folder: x }
steps:
  data:
    use: read-images
    each:
      set:
        - { crop: { width: 1, height: 2 }, format: folder, limit: 3 }
        - { format: cifar10, folder: { $param: folder } }
      seed: [0, s]
`);
    expect(graph.steps.map(({ name, params }) => [name, params])).toEqual([
      ['data[set=folder,seed=0]', { crop: { width: 1, height: 2 }, format: 'folder', limit: 3, seed: 0 }],
      ['data[set=folder,seed=s]', { crop: { width: 1, height: 2 }, format: 'folder', limit: 3, seed: 's' }],
      ['data[set=cifar10,seed=0]', { format: 'cifar10', folder: 'x', limit: 10, seed: 0 }],
      ['data[set=cifar10,seed=s]', { format: 'cifar10', folder: 'x', limit: 10, seed: 's' }],
    ]);
  });
  test('may come from a parameter', async () => {
    const text = `pipeline: p
params: { layers: [c, d], models: [{ architecture: x, fold: false }, { architecture: y }] }
steps:
  model: { use: read-model, each: { net: { $param: models } } }
  tap: { use: cut, from: { model: model }, each: { layer: { $param: layers } } }
`;
    expect(names(await graphOf(text), 'tap')).toEqual([
      'tap[net=x,layer=c]',
      'tap[net=x,layer=d]',
      'tap[net=y,layer=c]',
      'tap[net=y,layer=d]',
    ]);
    expect(names(await graphOf(text, { params: { layers: '[e]' } }), 'tap')).toEqual([
      'tap[net=x,layer=e]',
      'tap[net=y,layer=e]',
    ]);
  });
  test('a collecting port of a step that keeps an axis collects what agrees with its point', async () => {
    const graph = await graphOf(
      `${MODELS}  each: { use: collect, from: { tables: [sigma, model.notes], model: model } }\n`,
    );
    expect(names(graph, 'each')).toEqual(['each[architecture=a]', 'each[architecture=b]']);
    expect(inputs(graph, 'each[architecture=b]', 'tables')).toEqual([
      'sigma[architecture=b,layer=c]',
      'sigma[architecture=b,layer=d]',
      'model[architecture=b]',
    ]);
  });
  test('a collecting port takes several steps, in the order written', async () => {
    const graph = await graphOf(`${MODELS}  all: { use: collect, from: { tables: [model.notes, sigma] } }\n`);
    expect(inputs(graph, 'all', 'tables').slice(0, 3)).toEqual([
      'model[architecture=a]',
      'model[architecture=b]',
      'sigma[architecture=a,layer=c]',
    ]);
  });
  test('lists as values of an axis', async () => {
    const graph = await graphOf(
      `pipeline: p\nsteps:\n  a: { use: read-images, with: { format: cifar10 }, each: { files: [[p.yaml], [p.yaml, q]] } }\n`,
      { files: { q: '' } },
    );
    expect(graph.steps.map(({ name, files }) => [name, files.length])).toEqual([
      ['a[files=["p.yaml"]]', 1],
      ['a[files=["p.yaml","q"]]', 2],
    ]);
  });
});

describe('mistakes', () => {
  test('a zipped axis whose points begin with different parameters', async () => {
    const text = (points: string): string => `pipeline: p
steps:
  a: { use: read-images, with: { format: folder }, each: { q: [${points}] } }
`;
    expect(await mistakesOf(text('{ limit: 16 }, { noise: 0.5 }'))).toMatchInlineSnapshot(`
      "p.yaml:3:79: error: this point of the axis q begins with noise, the first point with limit
        3 | ... s, with: { format: folder }, each: { q: [{ limit: 16 }, { noise: 0.5 }] } }
          |                                                             ~~~~~~~~~~~~~~
        Set limit first in every point. To sweep over limit and noise, write two axes.
      "
    `);
    expect(await mistakesOf(text('{ limit: 16, noise: 0.5 }, { noise: 0.5, limit: 16 }, { seed: 1 }'))).toContain(
      '2 failures',
    );
    // omitted parameters have their defaults
    const graph = await graphOf(text('{ limit: 16, noise: 0.5 }, { limit: 17 }'));
    expect(graph.steps.map(({ axes }) => axes)).toEqual([{ q: 16 }, { q: 17 }]);
  });

  test('in an axis', async () => {
    const text = `pipeline: p
steps:
  a: { use: read-model, each: { architecture: [] } }
  b: { use: read-model, each: { architecture: x } }
  c: { use: read-model, each: { architecture: [x, y, x] } }
  d: { use: read-model, each: { net: [{ architecture: x }, y] } }
  e: { use: read-model, each: { net: [{ architecture: x }, { architecture: x, fold: false }] } }
  f: { use: read-images, with: { format: folder }, each: { net: [{ crop: { width: 1, height: 1 } }] } }
  g: { use: read-model, with: { architecture: x }, each: { architecture: [y] } }
  h: { use: read-model, each: { architecture: [y], net: [{ architecture: x }] } }
  i: { use: read-model, each: { archtecture: [y] } }
  j: { use: read-model, each: { net: [{ name: x, architecture: y }] } }
`;
    expect(await mistakesOf(text)).toMatchInlineSnapshot(`
      "p.yaml:3:47: error: the axis architecture has no values
        3 |   a: { use: read-model, each: { architecture: [] } }
          |                                               ~~

      p.yaml:4:47: error: each.architecture has to be a list of values
        4 |   b: { use: read-model, each: { architecture: x } }
          |                                               ~
        given: "x"
        A single value belongs under "with".

      p.yaml:5:54: error: the axis architecture has x twice
        5 |   c: { use: read-model, each: { architecture: [x, y, x] } }
          |                                                      ~

      p.yaml:6:60: error: the axis net mixes maps with other values
        6 |   d: { use: read-model, each: { net: [{ architecture: x }, y] } }
          |                                                            ~
        Write every point as a map that sets parameters. Only an axis with the name of a parameter can list plain values.

      p.yaml:7:60: error: the axis net has x twice
        7 |   e: { use: read-model, each: { net: [{ architecture: x }, { architecture: x, fold: false }] } }
          |                                                            ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        The first text, number, true or false in a map is the name of the point. Give every point a different name.

      p.yaml:8:66: error: this point of the axis net has no name
        8 | ... e: read-images, with: { format: folder }, each: { net: [{ crop: { width: 1, height: 1 } }] } }
          |                                                             ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        Add a text, a number, true or false to the map: the first of them becomes the name of the point.

      p.yaml:9:60: error: the parameter architecture is set twice
        9 |   g: { use: read-model, with: { architecture: x }, each: { architecture: [y] } }
          |                                                            ~~~~~~~~~~~~
        Set it either under "with" or on one axis under "each".

      p.yaml:10:52: error: the parameter architecture is set twice
        10 |   h: { use: read-model, each: { architecture: [y], net: [{ architecture: x }] } }
           |                                                    ~~~
        Set it either under "with" or on one axis under "each".

      p.yaml:11:33: error: read-model has no parameter archtecture
        11 |   i: { use: read-model, each: { archtecture: [y] } }
           |                                 ~~~~~~~~~~~
        did you mean: architecture
        Parameters: architecture, weights, fold.

      p.yaml:12:41: error: read-model has no parameter name
        12 |   j: { use: read-model, each: { net: [{ name: x, architecture: y }] } }
           |                                         ~~~~
        Parameters: architecture, weights, fold.

      10 failures
      "
    `);
  });
  test('axes without a common value', async () => {
    const text = `pipeline: p
steps:
  data: { use: read-images, with: { format: folder }, each: { size: [{ limit: 1 }] } }
  other: { use: read-images, with: { format: folder }, each: { size: [{ limit: 2 }] } }
  model: { use: read-model, with: { architecture: a } }
  tap: { use: cut, from: { model: model }, with: { layer: c } }
  sigma: { use: measure, from: { tap: tap, data: data, reference: other } }
`;
    expect(await mistakesOf(text)).toMatchInlineSnapshot(`
      "p.yaml:7:3: error: the inputs have no value of size in common
        7 |   sigma: { use: measure, from: { tap: tap, data: data, reference: other } }
          |   ~~~~~
        inputs before:     size=1
        reference (other): size=2
        Inputs with the same axis are combined only at equal values of that axis.
      "
    `);
  });
  test('too many points, in one step and along edges', async () => {
    const list = (count: number): string => `[${Array.from({ length: count }, (_, i) => i + 1).join(', ')}]`;
    const text = `pipeline: p
steps:
  data: { use: read-images, with: { format: folder }, each: { limit: ${list(400)}, seed: ${list(400)} } }
  model: { use: read-model, each: { architecture: [${Array.from({ length: 400 }, (_, i) => `a${i}`).join(', ')}] } }
  tap: { use: cut, from: { model: model }, each: { layer: [${Array.from({ length: 400 }, (_, i) => `l${i}`).join(', ')}] } }
`;
    const told = await mistakesOf(text);
    expect(told.match(/error: .*/g)).toEqual([
      'error: the sweep has 160000 points, more than are allowed',
      'error: the sweep has 160000 points, more than are allowed',
    ]);
  });
});
