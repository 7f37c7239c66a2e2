// Mistakes in the syntax and structure of a pipeline file, as the user reads them.
import { describe, expect, test } from 'vitest';
import { graphOf, mistakesOf, project, registry } from './authoring-rig.ts';
import { loadGraph } from '../../../src/runtime/authoring/load-graph.ts';
import { BACKEND_NAMES } from '../../../src/runtime/contracts/backend-names.ts';
import { openSync, ftruncateSync, closeSync } from 'node:fs';
import { join } from 'node:path';

describe('notation', () => {
  test('an unclosed bracket', async () => {
    expect(
      await mistakesOf('pipeline: p\nsteps:\n  a: { use: read-model, with: { architecture: x }\n  b: { use: cut }\n'),
    ).toMatchInlineSnapshot(`
      "p.yaml:4:3: error: this is not valid YAML: flow map in block collection must be sufficiently indented and end with a }
        4 |   b: { use: cut }
          |   ~
        Look at the brackets, quotes and indentation here and just above.
      "
    `);
  });
  test('a tab, a reserved character and a superfluous colon, all together', async () => {
    expect(await mistakesOf('pipeline: @p\nsteps:\n\ta: { use: cut }\n  b: c: d\n')).toMatchInlineSnapshot(`
      "p.yaml:1:11: error: this is not valid YAML: plain value cannot start with reserved character @
        1 | pipeline: @p
          |           ~
        Put the text in quotes.

      p.yaml:3:1: error: this is not valid YAML: tabs are not allowed as indentation
        3 |     a: { use: cut }
          | ~~~~
        Indent with spaces.

      p.yaml:4:1: error: this is not valid YAML: all mapping items must start at the same column
        4 |   b: c: d
          | ~
        Look at the brackets, quotes and indentation here and just above.

      3 failures
      "
    `);
  });
  test('a second document', async () => {
    expect(await mistakesOf('pipeline: p\nsteps: {}\n---\npipeline: q\n')).toMatchInlineSnapshot(`
      "p.yaml:3:1: error: this is not valid YAML: a second document begins here
        3 | ---
          | ~~~
        A file holds one pipeline: remove what follows ---.
      "
    `);
  });
  test('duplicate keys and steps', async () => {
    const text = `pipeline: p
pipeline: q
steps:
  a: { use: read-model, with: { architecture: x, architecture: y } }
  b: { use: cut, from: { model: a }, with: { layer: x } }
  a: { use: read-model, with: { architecture: z } }
`;
    expect(await mistakesOf(text)).toMatchInlineSnapshot(`
      "p.yaml:2:1: error: "pipeline" is written twice
        2 | pipeline: q
          | ~~~~~~~~
        first: line 1
        Keep one of them.

      p.yaml:4:50: error: "architecture" is written twice
        4 |   a: { use: read-model, with: { architecture: x, architecture: y } }
          |                                                  ~~~~~~~~~~~~
        first: line 4
        Keep one of them.

      p.yaml:6:3: error: there are two steps named a
        6 |   a: { use: read-model, with: { architecture: z } }
          |   ~
        first: line 4
        Rename one of them.

      3 failures
      "
    `);
  });
  test('tags, keys that are not text, numbers that are not numbers', async () => {
    const text = `pipeline: p
steps:
  ? [a, b]
  : { use: cut }
  c: { use: read-images, with: { format: !layout folder, limit: 12345678901234567890, noise: .inf } }
`;
    expect(await mistakesOf(text)).toMatchInlineSnapshot(`
      "p.yaml:3:5: error: a key has to be text
        3 |   ? [a, b]
          |     ~~~~~~

      p.yaml:5:50: error: the tag !layout is not supported
        5 |   c: { use: read-images, with: { format: !layout folder, limit: 12345678901234567890, noise: .inf } }
          |                                                  ~~~~~~
        Remove it: values are text, numbers, true, false, lists and maps.

      p.yaml:5:65: error: 12345678901234567890 is a whole number too large to be stored exactly
        5 | ... se: read-images, with: { format: !layout folder, limit: 12345678901234567890, noise: .inf } }
          |                                                             ~~~~~~~~~~~~~~~~~~~~
        If it is meant as text, put it in quotes.

      p.yaml:5:94: error: .inf is not a finite number
        5 | ... at: !layout folder, limit: 12345678901234567890, noise: .inf } }
          |                                                             ~~~~

      4 failures
      "
    `);
  });
  test('aliases share a value; unknown and circular ones are reported', async () => {
    const graph = await graphOf(
      'pipeline: p\nsteps:\n  a: { use: read-model, with: &w { architecture: x } }\n  b: { use: read-model, with: *w }\n',
    );
    expect(graph.steps.map((step) => step.params)).toEqual([
      { architecture: 'x', fold: true },
      { architecture: 'x', fold: true },
    ]);
    expect(
      await mistakesOf(
        'pipeline: p\nsteps:\n  a: { use: read-model, with: &w { architecture: *v } }\n  b: &b { use: *b }\n',
      ),
    ).toMatchInlineSnapshot(`
      "p.yaml:3:50: error: there is no anchor &v before this alias
        3 |   a: { use: read-model, with: &w { architecture: *v } }
          |                                                  ~~

      p.yaml:4:16: error: the alias *b is inside the value of its own anchor
        4 |   b: &b { use: *b }
          |                ~~
        Anchors: &w.

      2 failures
      "
    `);
  });
  test('an anchor bomb', async () => {
    const levels = Array.from({ length: 12 }, (_, i) => `  l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(12)}]`);
    const text = `pipeline: p\nparams:\n  l0: &l0 [lol]\n${levels.join('\n')}\nsteps: { a: { use: read-model, with: { architecture: x } } }\n`;
    expect(await mistakesOf(text)).toMatchInlineSnapshot(`
      "p.yaml:8:17: error: the aliases of this file expand to too many values
        8 |   l5: &l5 [*l4, *l4, *l4, *l4, *l4, *l4, *l4, *l4, *l4, *l4, *l4, *l4, ]
          |                 ~~~
        allowed: 100000
        alias:   *l4
        Write sweeps with \`each\`, and move long lists to files.
      "
    `);
  });
  test('extremely deep nesting is rejected quickly, in every notation', async () => {
    expect(await mistakesOf(`pipeline: p\nsteps: ${'['.repeat(1_000_000)}`)).toMatchInlineSnapshot(`
      "p.yaml:2:1008: error: this is nested too deeply
        2 | ... [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[ ...
          |                                                             ~
        allowed: 200 levels
      "
    `);
    expect(await mistakesOf(`pipeline: p\nsteps:\n  ${'- '.repeat(100_000)}x`)).toContain('this is nested too deeply');
    const block = Array.from({ length: 700 }, (_, i) => `${' '.repeat(i + 1)}a:`).join('\n');
    expect(await mistakesOf(`pipeline: p\nsteps:\n${block}\n`)).toContain('this is nested too deeply');
  });
});

describe('the file', () => {
  test('is empty, or holds only comments', async () => {
    expect(await mistakesOf('')).toMatchInlineSnapshot(`
      "p.yaml:1:1: error: the pipeline is empty
        1 | 
          | ~
        Begin with "pipeline: a-name" and "steps:"; \`lethe init\` writes an example.
      "
    `);
    expect(await mistakesOf('# nothing yet\n')).toContain('the pipeline is empty');
  });
  test('is no map', async () => {
    expect(await mistakesOf('- a\n- b\n')).toMatchInlineSnapshot(`
      "p.yaml:1:1: error: the pipeline has to be a map (key: value)
        1 | - a
          | ~~~
        given: a list
      "
    `);
  });
  test('is a binary file: nothing of it is shown', async () => {
    expect(await mistakesOf('pipeline: p\u0000\u001b[31m\nsteps: {\n')).toMatchInlineSnapshot(`
      "error: the pipeline file is a binary file, not text
        path: PROJECT/p.yaml
        Name a YAML file instead. If this file is meant to be YAML, save it as UTF-8.
      "
    `);
    const bytes = Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 0, 0xff, 10, 0x1b, 0x5b]);
    expect(await mistakesOf(bytes)).toContain('the pipeline file is a binary file, not text');
  });

  test('holds control characters, which are not echoed', async () => {
    const told = await mistakesOf('pipeline: p\nste\u0007\u001b[31mps\u202e\u009b: {}\n');
    expect(told).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(told).toContain('2 | ste  [31mps  : {}');
  });

  test('is not UTF-8', async () => {
    expect(await mistakesOf(Buffer.from('pipeline: p\n# gr\xf6\xdfe\nsteps: {}\n', 'latin1'))).toMatchInlineSnapshot(`
      "p.yaml:2:1: error: the pipeline file is not UTF-8 text
        2 | # gr��e
          | ~~~~~~~
        path: PROJECT/p.yaml
        line: 2
        Save the file with the encoding UTF-8.
      "
    `);
  });
  test('may have a byte order mark and CRLF', async () => {
    const text = 'pipeline: p\nsteps:\n  a: { use: read-model, with: { architecture: x } }\n';
    const graph = await graphOf(`\ufeff${text.replaceAll('\n', '\r\n')}`);
    expect(graph.steps[0]).toMatchObject({ name: 'a', line: 3, params: { architecture: 'x' } });
    expect(await mistakesOf('\ufeffpipeline: p\r\nsteps:\r\n  a: { use: cot }\r\n')).toMatch(
      /^p\.yaml:3:13: error: there is no node type cot\n {2}3 \| {3}a: \{ use: cot \}\n/,
    );
  });
  test('has 100 MB: refused unread', async () => {
    const folder = project({});
    const file = join(folder, 'large.yaml');
    const handle = openSync(file, 'w');
    ftruncateSync(handle, 100 * 2 ** 20);
    closeSync(handle);
    const before = process.memoryUsage().arrayBuffers;
    const result = await loadGraph({ file, registry });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * 2 ** 20);
    expect(result).toMatchObject({
      ok: false,
      failures: [{ reason: 'file-too-large', values: { size: '100.0 MiB', allowed: '8.0 MiB' } }],
    });
  });
  test('is missing, or a folder', async () => {
    const folder = project({});
    expect(await loadGraph({ file: join(folder, 'none.yaml'), registry })).toMatchObject({
      failures: [{ reason: 'missing-file' }],
    });
    expect(await loadGraph({ file: folder, registry })).toMatchObject({ failures: [{ reason: 'not-a-file' }] });
  });
});

describe('form', () => {
  test('unknown and missing keys', async () => {
    expect(await mistakesOf('pipline: p\nparameters: {}\nstep:\n  a: { use: read-model }\n')).toMatchInlineSnapshot(`
      "p.yaml:1:1: error: the pipeline has no key pipline
        1 | pipline: p
          | ~~~~~~~
        did you mean: pipeline
        Keys: pipeline, params, nodes, numerics, steps.

      p.yaml:2:1: error: the pipeline has no key parameters
        2 | parameters: {}
          | ~~~~~~~~~~
        Keys: pipeline, params, nodes, numerics, steps.

      p.yaml:3:1: error: the pipeline has no key step
        3 | step:
          | ~~~~
        did you mean: steps
        Keys: pipeline, params, nodes, numerics, steps.

      3 failures
      "
    `);
    expect(await mistakesOf('params: { a: 1 }\n')).toMatchInlineSnapshot(`
      "p.yaml:1:1: error: the pipeline has no name
        1 | params: { a: 1 }
          | ~~~~~~
        Begin with "pipeline: a-name".

      p.yaml:1:1: error: the pipeline has no steps
        1 | params: { a: 1 }
          | ~~~~~~
        Write at least one below "steps:", e.g. "data: { use: make-shapes }".

      p.yaml:1:11: error: the parameter a is not used
        1 | params: { a: 1 }
          |           ~
        Refer to it as { $param: a }, or remove it.

      3 failures
      "
    `);
    expect(await mistakesOf('pipeline: p\nsteps: {}\n')).toMatchInlineSnapshot(`
      "p.yaml:2:1: error: the pipeline has no steps
        2 | steps: {}
          | ~~~~~
        Write at least one below "steps:", e.g. "data: { use: make-shapes }".
      "
    `);
  });
  test('wrong types', async () => {
    const text = `pipeline: [p]
params: 3
nodes: ./mine.ts
numerics: { backend: tensorflo, threads: 2 }
steps:
  a: read-model
  b: { use: 3 }
  c: { use: cut, with: [1], from: model, each: 2, timeout: soon }
  d: { use: cut, from: { model: [c, 3], }, timeout: 0, with: { layer: x }, params: 2 }
`;
    const mistakes = (await mistakesOf(text)).replace(BACKEND_NAMES.join(', '), 'BACKENDS');
    expect(mistakes).toMatchInlineSnapshot(`
      "p.yaml:1:11: error: the name of the pipeline has to be text
        1 | pipeline: [p]
          |           ~~~
        given: a list

      p.yaml:2:9: error: params has to be a map (key: value)
        2 | params: 3
          |         ~
        given: 3

      p.yaml:3:8: error: nodes has to be a list of files
        3 | nodes: ./mine.ts
          |        ~~~~~~~~~
        given: "./mine.ts"

      p.yaml:4:22: error: the backend has to be one of BACKENDS
        4 | numerics: { backend: tensorflo, threads: 2 }
          |                      ~~~~~~~~~
        given:        "tensorflo"
        did you mean: tensorflow

      p.yaml:4:33: error: numerics has no key threads
        4 | numerics: { backend: tensorflo, threads: 2 }
          |                                 ~~~~~~~
        Keys: backend.

      p.yaml:6:6: error: the step a has to be a map (key: value)
        6 |   a: read-model
          |      ~~~~~~~~~~
        given: "read-model"

      p.yaml:7:13: error: use has to be text
        7 |   b: { use: 3 }
          |             ~
        given: 3

      p.yaml:8:24: error: with has to be a map (key: value)
        8 |   c: { use: cut, with: [1], from: model, each: 2, timeout: soon }
          |                        ~~~
        given: a list

      p.yaml:8:35: error: from has to be a map (key: value)
        8 |   c: { use: cut, with: [1], from: model, each: 2, timeout: soon }
          |                                   ~~~~~
        given: "model"

      p.yaml:8:48: error: each has to be a map (key: value)
        8 |   c: { use: cut, with: [1], from: model, each: 2, timeout: soon }
          |                                                ~
        given: 2

      p.yaml:8:60: error: timeout has to be a number of seconds
        8 |   c: { use: cut, with: [1], from: model, each: 2, timeout: soon }
          |                                                            ~~~~
        given: "soon"
        More than 0, at most 2000000.

      p.yaml:9:26: error: the port model of cut takes one step, not a list
        9 |   d: { use: cut, from: { model: [c, 3], }, timeout: 0, with: { layer: x }, params: 2 }
          |                          ~~~~~
        Only a port with \`many: true\` takes a list.

      p.yaml:9:34: error: the port model cannot take c
        9 |   d: { use: cut, from: { model: [c, 3], }, timeout: 0, with: { layer: x }, params: 2 }
          |                                  ~
        takes:   network
        c gives: tap

      p.yaml:9:37: error: the input of the port model has to be the name of a step
        9 |   d: { use: cut, from: { model: [c, 3], }, timeout: 0, with: { layer: x }, params: 2 }
          |                                     ~
        given: 3
        Write "step" or "step.output".

      p.yaml:9:53: error: timeout has to be a number of seconds
        9 |   d: { use: cut, from: { model: [c, 3], }, timeout: 0, with: { layer: x }, params: 2 }
          |                                                     ~
        given: 0
        More than 0, at most 2000000.

      p.yaml:9:76: error: the step d has no key params
        9 | ... om: { model: [c, 3], }, timeout: 0, with: { layer: x }, params: 2 }
          |                                                             ~~~~~~
        Keys: use, with, from, each, timeout.

      16 failures
      "
    `);
  });
  test('names of steps, axes and parameters', async () => {
    const text = `pipeline: p
params: { 1st: 1, none: }
steps:
  a.b: { use: read-model, with: { architecture: x } }
  2: { use: read-model, with: { architecture: x } }
  c: { use: read-model, each: { "a,b": [{ architecture: x }] } }
`;
    expect(await mistakesOf(text)).toMatchInlineSnapshot(`
      "p.yaml:2:11: error: "1st" cannot be the name of a parameter
        2 | params: { 1st: 1, none: }
          |           ~~~
        A name is a letter followed by letters, digits, - and _.

      p.yaml:2:19: error: the parameter none has no default
        2 | params: { 1st: 1, none: }
          |                   ~~~~
        Give it a default, which also sets its type.

      p.yaml:4:3: error: "a.b" cannot be the name of a step
        4 |   a.b: { use: read-model, with: { architecture: x } }
          |   ~~~
        A name is a letter followed by letters, digits, - and _.

      p.yaml:5:3: error: "2" cannot be the name of a step
        5 |   2: { use: read-model, with: { architecture: x } }
          |   ~
        A name is a letter followed by letters, digits, - and _.

      p.yaml:6:13: error: read-model needs the parameter architecture
        6 |   c: { use: read-model, each: { "a,b": [{ architecture: x }] } }
          |             ~~~~~~~~~~
        expected: text

      p.yaml:6:33: error: "a,b" cannot be the name of an axis
        6 |   c: { use: read-model, each: { "a,b": [{ architecture: x }] } }
          |                                 ~~~~~
        A name is a letter followed by letters, digits, - and _.

      6 failures
      "
    `);
  });
});
