// Mistakes in the meaning of a pipeline, as the user reads them, and the graph of a pipeline without mistakes.
import { describe, expect, test } from 'vitest';
import { graphOf, mistakesOf } from './authoring-rig.ts';

const HEAD = 'pipeline: p\nsteps:\n';

describe('a pipeline without mistakes', () => {
  test('links to plain data with defaults, files and edges', async () => {
    const graph = await graphOf(
      `pipeline: p
params: { images: 3, folder: data }
numerics: { backend: wasm }
steps:
  data: { use: read-images, with: { format: cifar10, folder: { $param: folder }, files: [a.bin, b.bin], limit: { $param: images } } }
  model: { use: read-model, with: { architecture: x } }
  tap: { use: cut, from: { model: model.model }, with: { layer: conv1 }, timeout: 5 }
  sigma: { use: measure, from: { tap: tap, data: data } }
`,
      { files: { 'data/a.bin': 'a', 'data/b.bin': 'b' } },
    );
    const folder = graph.file.slice(0, -'/p.yaml'.length);
    expect(JSON.parse(JSON.stringify(graph))).toEqual(graph);
    expect(graph).toEqual({
      pipeline: 'p',
      file: `${folder}/p.yaml`,
      params: { images: 3, folder: 'data' },
      numerics: { backend: 'wasm' },
      modules: [],
      steps: [
        {
          name: 'data',
          base: 'data',
          axes: {},
          node: 'read-images',
          version: 2,
          light: true,
          line: 5,
          params: { format: 'cifar10', folder: 'data', files: ['a.bin', 'b.bin'], limit: 3, seed: 0 },
          files: [
            { pointer: '/files/0', path: `${folder}/data/a.bin`, folder: '/folder' },
            { pointer: '/files/1', path: `${folder}/data/b.bin`, folder: '/folder' },
          ],
          inputs: {},
          outputs: { data: 'dataset' },
        },
        {
          name: 'model',
          base: 'model',
          axes: {},
          node: 'read-model',
          version: 1,
          light: false,
          line: 6,
          params: { architecture: 'x', fold: true },
          files: [],
          inputs: {},
          outputs: { model: 'network', notes: 'report' },
        },
        {
          name: 'tap',
          base: 'tap',
          axes: {},
          node: 'cut',
          version: 1,
          light: true,
          line: 7,
          timeout: 5,
          params: { layer: 'conv1' },
          files: [],
          inputs: { model: { step: 'model', output: 'model', axes: {} } },
          outputs: { tap: 'tap' },
        },
        {
          name: 'sigma',
          base: 'sigma',
          axes: {},
          node: 'measure',
          version: 1,
          light: false,
          line: 8,
          params: { alpha: 1.5e-4, per: 'image' },
          files: [],
          inputs: { tap: { step: 'tap', output: 'tap', axes: {} }, data: { step: 'data', output: 'data', axes: {} } },
          outputs: { values: 'measure' },
          items: { over: 'data', perItem: ['data'], batch: 8 },
        },
      ],
    });
  });
  test('sorts steps: what a step needs comes before it, else the order is that of the file', async () => {
    const graph = await graphOf(
      `${HEAD}  z: { use: collect, from: { tables: model.notes } }\n  b: { use: read-model, with: { architecture: x } }\n  tap: { use: cut, from: { model: model }, with: { layer: y } }\n  model: { use: read-model, with: { architecture: x } }\n`,
    );
    expect(graph.steps.map((step) => step.name)).toEqual(['model', 'z', 'b', 'tap']);
  });
  test('finds a file in the folder of the pipeline, then in that of the project', async () => {
    const text = `${HEAD}  model: { use: read-model, with: { architecture: x, weights: w.bin } }\n`;
    const nested = { 'package.json': '{}', 'w.bin': '' };
    expect((await graphOf(text, { files: nested })).steps[0]?.files[0]?.path).toMatch(/\/w\.bin$/);
  });
});

describe('node types and parameters', () => {
  test('an unknown node type', async () => {
    expect(await mistakesOf(`${HEAD}  a: { use: read-modle, with: { architecture: x } }\n  b: { use: transmogrify }\n`))
      .toMatchInlineSnapshot(`
      "p.yaml:3:13: error: there is no node type read-modle
        3 |   a: { use: read-modle, with: { architecture: x } }
          |             ~~~~~~~~~~
        did you mean: read-model
        Node types: collect, cut, measure, read-images, read-model.

      p.yaml:4:13: error: there is no node type transmogrify
        4 |   b: { use: transmogrify }
          |             ~~~~~~~~~~~~
        Node types: collect, cut, measure, read-images, read-model.

      2 failures
      "
    `);
  });
  test('parameters: unknown, missing, of the wrong type, out of range, no choice', async () => {
    const text = `${HEAD}  a:
    use: read-images
    with:
      limt: 3
      noise: 1.5
      crop: { width: 0, hight: 2 }
      seed: [1]
      files: []
  b: { use: read-images, with: { format: cifar, limit: 2.5 } }
  c: { use: read-model }
  d: { use: read-model, with: { architecture: null, fold: yes } }
`;
    expect(await mistakesOf(text)).toMatchInlineSnapshot(`
      "p.yaml:4:10: error: read-images needs the parameter format
        4 |     use: read-images
          |          ~~~~~~~~~~~
        expected: one of cifar10, folder
        Layout of the files.

      p.yaml:6:7: error: read-images has no parameter limt
        6 |       limt: 3
          |       ~~~~
        did you mean: limit
        Parameters: format, folder, files, limit, noise, crop, seed.

      p.yaml:7:14: error: noise has to be a number, more than 0 and at most 1
        7 |       noise: 1.5
          |              ~~~
        given: 1.5

      p.yaml:8:22: error: crop.width has to be a whole number, at least 1
        8 |       crop: { width: 0, hight: 2 }
          |                      ~
        given: 0

      p.yaml:8:25: error: crop has no parameter hight
        8 |       crop: { width: 0, hight: 2 }
          |                         ~~~~~
        did you mean: height
        Parameters: width, height.

      p.yaml:9:13: error: seed has to be text or a whole number
        9 |       seed: [1]
          |             ~~~
        given: a list

      p.yaml:10:14: error: files has to be a list of at least 1 values, each the path of a file
        10 |       files: []
           |              ~~
        given: a list

      p.yaml:11:42: error: format has to be one of cifar10, folder
        11 |   b: { use: read-images, with: { format: cifar, limit: 2.5 } }
           |                                          ~~~~~
        given:        "cifar"
        did you mean: cifar10
        Layout of the files.

      p.yaml:11:56: error: limit has to be a whole number, at least 1
        11 |   b: { use: read-images, with: { format: cifar, limit: 2.5 } }
           |                                                        ~~~
        given: 2.5
        How many images to take.

      p.yaml:12:13: error: read-model needs the parameter architecture
        12 |   c: { use: read-model }
           |             ~~~~~~~~~~
        expected: text

      p.yaml:13:47: error: architecture has to be text
        13 |   d: { use: read-model, with: { architecture: null, fold: yes } }
           |                                               ~~~~
        given: nothing

      p.yaml:13:59: error: fold has to be true or false
        13 |   d: { use: read-model, with: { architecture: null, fold: yes } }
           |                                                           ~~~
        given: "yes"

      12 failures
      "
    `);
  });
  test('a wrong value in a sweep is reported at its position, a wrong value beside a sweep once', async () => {
    const text = `${HEAD}  a: { use: read-images, with: { format: cifar10, limit: 0 }, each: { noise: [0.5, 2, x] } }\n`;
    expect(await mistakesOf(text)).toMatchInlineSnapshot(`
      "p.yaml:3:58: error: limit has to be a whole number, at least 1
        3 |   a: { use: read-images, with: { format: cifar10, limit: 0 }, each: { noise: [0.5, 2, x] } }
          |                                                          ~
        given: 0
        How many images to take.

      p.yaml:3:84: error: noise has to be a number, more than 0 and at most 1
        3 | ... th: { format: cifar10, limit: 0 }, each: { noise: [0.5, 2, x] } }
          |                                                             ~
        given: 2

      p.yaml:3:87: error: noise has to be a number, more than 0 and at most 1
        3 | ...  { format: cifar10, limit: 0 }, each: { noise: [0.5, 2, x] } }
          |                                                             ~
        given: "x"

      3 failures
      "
    `);
  });
  test('a missing file names both places', async () => {
    expect(await mistakesOf(`${HEAD}  a: { use: read-model, with: { architecture: x, weights: w.bin } }\n`))
      .toMatchInlineSnapshot(`
      "p.yaml:3:59: error: there is no file w.bin
        3 |   a: { use: read-model, with: { architecture: x, weights: w.bin } }
          |                                                           ~~~~~
        looked for: PROJECT/w.bin
        Check the path.
      "
    `);
    const { mkdirSync, writeFileSync } = await import('node:fs');
    const { project, registry } = await import('./authoring-rig.ts');
    const { loadGraph } = await import('../../../src/runtime/authoring/load-graph.ts');
    const folder = project({ 'package.json': '{}' });
    mkdirSync(`${folder}/deep/er`, { recursive: true });
    writeFileSync(
      `${folder}/deep/er/p.yaml`,
      `${HEAD}  a: { use: read-images, with: { format: cifar10, folder: data, files: [w.bin] } }\n`,
    );
    expect(await loadGraph({ file: `${folder}/deep/er/p.yaml`, registry })).toMatchObject({
      failures: [
        {
          reason: 'missing-file',
          headline: 'there is no file data/w.bin',
          values: { 'looked for': `${folder}/deep/er/data/w.bin`, 'looked for (2)': `${folder}/data/w.bin` },
        },
      ],
    });
  });
});

describe('parameters of the pipeline', () => {
  const text = `pipeline: p
params: { images: 5, name: x, layers: [a, b], deep: { k: 1 }, on: false, extra: 1 }
steps:
  a: { use: read-images, with: { format: folder, limit: { $param: images }, seed: { $param: name } } }
  b: { use: read-model, with: { architecture: { $param: nam }, fold: { $param: on } } }
  c: { use: cut, from: { model: b }, each: { layer: { $param: layers } } }
  d: { use: read-images, with: { format: folder, limit: { $param: deep }, crop: { width: { $param: images, of: 2 }, height: { $param: 3 } } } }
`;
  test('unused, unknown, misused', async () => {
    expect(await mistakesOf(text)).toMatchInlineSnapshot(`
      "p.yaml:2:74: error: the parameter extra is not used
        2 | ...  5, name: x, layers: [a, b], deep: { k: 1 }, on: false, extra: 1 }
          |                                                             ~~~~~
        Refer to it as { $param: extra }, or remove it.

      p.yaml:5:57: error: the pipeline has no parameter nam
        5 |   b: { use: read-model, with: { architecture: { $param: nam }, fold: { $param: on } } }
          |                                                         ~~~
        did you mean: name
        Parameters: images, name, layers, deep, on, extra.

      p.yaml:7:57: error: limit has to be a whole number, at least 1
        7 |   d: { use: read-images, with: { format: folder, limit: { $param: deep }, crop: { width: { $param: images, of: 2 },  ...
          |                                                         ~~~~~~~~~~~~~~~~
        given: a map
        How many images to take.

      p.yaml:7:90: error: $param cannot be combined with other keys
        7 | ... format: folder, limit: { $param: deep }, crop: { width: { $param: images, of: 2 }, height: { $param: 3 } } } }
          |                                                             ~~~~~~~~~~~~~~~~~~~~~~~~~
        Write { $param: name } without other keys.

      p.yaml:7:135: error: $param has to be the name of a parameter
        7 | ... : { width: { $param: images, of: 2 }, height: { $param: 3 } } } }
          |                                                             ~
        given: 3

      5 failures
      "
    `);
  });
  test('on the command line: unknown, of another type, and both beside mistakes in the file', async () => {
    const fine = text
      .replace('nam }', 'name }')
      .replace(', extra: 1', '')
      .replace(/ {2}d:.*\n/, '')
      .replace(', deep: { k: 1 }', '');
    expect(await mistakesOf(fine, { params: { imges: '3', images: 'many', on: 'yes', layers: 'conv1' } }))
      .toMatchInlineSnapshot(`
      "error: the pipeline has no parameter imges
        did you mean: images
        Parameters: images, name, layers, on.

      p.yaml:2:11: error: the parameter images has to be a number
        2 | params: { images: 5, name: x, layers: [a, b], on: false }
          |           ~~~~~~
        given:   "many"
        default: 5
        The value must have the same type as the default.

      p.yaml:2:31: error: the parameter layers has to be a list
        2 | params: { images: 5, name: x, layers: [a, b], on: false }
          |                               ~~~~~~
        given:   "conv1"
        default: a list
        The value must have the same type as the default.

      p.yaml:2:47: error: the parameter on has to be true or false
        2 | params: { images: 5, name: x, layers: [a, b], on: false }
          |                                               ~~
        given:   "yes"
        default: false
        The value must have the same type as the default.

      4 failures
      "
    `);
    const graph = await graphOf(fine, { params: { images: '7', name: '2024', layers: '[conv1, fc]', on: 'true' } });
    expect(graph.params).toEqual({ images: 7, name: '2024', layers: ['conv1', 'fc'], on: true });
    expect(graph.steps.map((step) => step.name)).toEqual(['a', 'b', 'c[layer=conv1]', 'c[layer=fc]']);
    expect((await graphOf(fine, { params: { name: '"007"', images: 7, layers: ['x'] } })).params).toMatchObject({
      name: '007',
      images: 7,
      layers: ['x'],
    });
  });
  test('an override that breaks a step is reported where the step uses it', async () => {
    const fine = `pipeline: p\nparams: { images: 5 }\nsteps:\n  a: { use: read-images, with: { format: folder, limit: { $param: images } } }\n`;
    expect(await mistakesOf(fine, { params: { images: '0' } })).toMatchInlineSnapshot(`
      "p.yaml:4:57: error: limit has to be a whole number, at least 1
        4 |   a: { use: read-images, with: { format: folder, limit: { $param: images } } }
          |                                                         ~~~~~~~~~~~~~~~~~~
        given: 0
        How many images to take.
      "
    `);
  });
  test('from a file, and single ones over it', async () => {
    const { project, registry } = await import('./authoring-rig.ts');
    const { loadGraph } = await import('../../../src/runtime/authoring/load-graph.ts');
    const { renderFailures } = await import('../../../src/runtime/authoring/render-failure.ts');
    const pipeline = `pipeline: p\nparams: { images: 5, name: x }\nsteps:\n  a: { use: read-images, with: { format: folder, limit: { $param: images }, seed: { $param: name } } }\n`;
    const folder = project({
      'p.yaml': pipeline,
      'good.yaml': 'images: 6\nname: y\n',
      'bad.yaml': 'images: six\nnme: y\nimages: 3\n',
      'list.yaml': '- 1\n',
    });
    const load = (paramsFile: string) =>
      loadGraph({ file: `${folder}/p.yaml`, paramsFile: `${folder}/${paramsFile}`, params: { name: 'z' }, registry });
    expect(await load('good.yaml')).toMatchObject({ ok: true, value: { params: { images: 6, name: 'z' } } });
    const bad = await load('bad.yaml');
    expect(bad.ok ? '' : renderFailures(bad.failures, { folder })).toMatchInlineSnapshot(`
      "bad.yaml:1:9: error: the parameter images has to be a number
        1 | images: six
          |         ~~~
        given:   "six"
        default: 5
        The value must have the same type as the default.

      bad.yaml:2:1: error: the pipeline has no parameter nme
        2 | nme: y
          | ~~~
        did you mean: name
        Parameters: images, name.

      bad.yaml:3:1: error: "images" is written twice
        3 | images: 3
          | ~~~~~~
        first: line 1
        Keep one of them.

      3 failures
      "
    `);
    expect(await load('list.yaml')).toMatchObject({ failures: [{ reason: 'wrong-type' }] });
    expect(await load('none.yaml')).toMatchObject({
      failures: [{ reason: 'missing-file', headline: `there is no file of parameters ${folder}/none.yaml` }],
    });
  });
});

describe('ports', () => {
  test('unknown, missing, of the wrong kind; unknown steps and outputs', async () => {
    const text = `${HEAD}  data: { use: read-images, with: { format: folder } }
  model: { use: read-model, with: { architecture: x } }
  tap: { use: cut, from: { modell: model }, with: { layer: y } }
  tap2: { use: cut, from: { model: data }, with: { layer: y } }
  tap3: { use: cut, from: { model: model.modle }, with: { layer: y } }
  sigma: { use: measure, from: { tap: [tap], reference: dato } }
  all: { use: collect, from: { tables: [] , model: model.notes } }
  none: { use: read-model, with: { architecture: x }, from: { data: data } }
`;
    expect(await mistakesOf(text)).toMatchInlineSnapshot(`
      "p.yaml:5:28: error: cut has no port modell
        5 |   tap: { use: cut, from: { modell: model }, with: { layer: y } }
          |                            ~~~~~~
        did you mean: model
        Ports: model.

      p.yaml:6:36: error: the port model cannot take data
        6 |   tap2: { use: cut, from: { model: data }, with: { layer: y } }
          |                                    ~~~~
        takes:      network
        data gives: dataset
        These fit: model, none.

      p.yaml:7:36: error: read-model has no output modle
        7 |   tap3: { use: cut, from: { model: model.modle }, with: { layer: y } }
          |                                    ~~~~~~~~~~~
        did you mean: model
        Outputs of model: model, notes.

      p.yaml:8:17: error: the port data of measure is not connected
        8 |   sigma: { use: measure, from: { tap: [tap], reference: dato } }
          |                 ~~~~~~~
        takes:   dataset
        purpose: The images.
        Add it: "from: { data: STEP }".

      p.yaml:8:34: error: the port tap of measure takes one step, not a list
        8 |   sigma: { use: measure, from: { tap: [tap], reference: dato } }
          |                                  ~~~
        Only a port with \`many: true\` takes a list.

      p.yaml:8:57: error: there is no step dato
        8 |   sigma: { use: measure, from: { tap: [tap], reference: dato } }
          |                                                         ~~~~
        did you mean: data
        Steps: data, model, tap, tap2, tap3, all, none.

      p.yaml:9:32: error: the port tables of collect is not connected
        9 |   all: { use: collect, from: { tables: [] , model: model.notes } }
          |                                ~~~~~~
        takes:   measure or report
        purpose: Measurements.
        Add it: "from: { tables: STEP }".

      p.yaml:9:52: error: the port model cannot take model.notes
        9 |   all: { use: collect, from: { tables: [] , model: model.notes } }
          |                                                    ~~~~~~~~~~~
        takes:             network
        model.notes gives: report
        These fit: model, none.

      p.yaml:10:63: error: read-model has no port data
        10 | ... : { use: read-model, with: { architecture: x }, from: { data: data } }
           |                                                             ~~~~
        It has no inputs.

      9 failures
      "
    `);
  });
  test('cycles', async () => {
    const text = `${HEAD}  model: { use: read-model, with: { architecture: x } }
  c: { use: collect, from: { tables: [b, model.notes] } }
  b: { use: collect, from: { tables: [a] } }
  a: { use: collect, from: { tables: c } }
  behind: { use: collect, from: { tables: b } }
  self: { use: collect, from: { tables: self } }
`;
    expect(await mistakesOf(text)).toMatchInlineSnapshot(`
      "p.yaml:4:39: error: the steps c, b, a need each other
        4 |   c: { use: collect, from: { tables: [b, model.notes] } }
          |                                       ~
        cycle: c -> a -> b -> c
        Remove one of these connections.

      p.yaml:8:41: error: the step self needs itself
        8 |   self: { use: collect, from: { tables: self } }
          |                                         ~~~~
        cycle: self -> self
        Remove one of these connections.

      2 failures
      "
    `);
  });
  test('a long chain is not a cycle, and does not overflow the stack', async () => {
    const links = Array.from(
      { length: 3000 },
      (_, i) => `  s${i}: { use: collect, from: { tables: ${i === 2999 ? 'm.notes' : `s${i + 1}`} } }`,
    );
    const graph = await graphOf(`${HEAD}${links.join('\n')}\n  m: { use: read-model, with: { architecture: x } }\n`);
    expect(graph.steps.map((step) => step.name).slice(0, 3)).toEqual(['m', 's2999', 's2998']);
  });
});

test('mistakes of every sort together, each reported once, in the order of the file', async () => {
  const text = `pipeline: p
params: { images: 5 }
stepz: 1
steps:
  data: { use: read-images, with: { format: cifar, limit: { $param: imags } } }
  data: { use: read-images }
  tap: { use: cut, from: { model: modle }, with: { layr: conv1 } }
  sigma: { use: mesure, from: { tap: tap, data: data } }
`;
  expect(await mistakesOf(text, { params: { image: '3' } })).toMatchInlineSnapshot(`
    "error: the pipeline has no parameter image
      did you mean: images
      Parameters: images.

    p.yaml:3:1: error: the pipeline has no key stepz
      3 | stepz: 1
        | ~~~~~
      did you mean: steps
      Keys: pipeline, params, nodes, numerics, steps.

    p.yaml:5:45: error: format has to be one of cifar10, folder
      5 |   data: { use: read-images, with: { format: cifar, limit: { $param: imags } } }
        |                                             ~~~~~
      given:        "cifar"
      did you mean: cifar10
      Layout of the files.

    p.yaml:5:69: error: the pipeline has no parameter imags
      5 | ... e: read-images, with: { format: cifar, limit: { $param: imags } } }
        |                                                             ~~~~~
      did you mean: images
      Parameters: images.

    p.yaml:6:3: error: there are two steps named data
      6 |   data: { use: read-images }
        |   ~~~~
      first: line 5
      Rename one of them.

    p.yaml:7:35: error: there is no step modle
      7 |   tap: { use: cut, from: { model: modle }, with: { layr: conv1 } }
        |                                   ~~~~~
      Steps: data, sigma.

    p.yaml:7:52: error: cut has no parameter layr
      7 |   tap: { use: cut, from: { model: modle }, with: { layr: conv1 } }
        |                                                    ~~~~
      did you mean: layer
      Parameters: layer.

    p.yaml:8:17: error: there is no node type mesure
      8 |   sigma: { use: mesure, from: { tap: tap, data: data } }
        |                 ~~~~~~
      did you mean: measure
      Node types: collect, cut, measure, read-images, read-model.

    8 failures
    "
  `);
});
