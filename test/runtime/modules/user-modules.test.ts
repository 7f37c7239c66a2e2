// Node types from files of the user's project.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FailureError } from '../../../src/runtime/contracts/failure.ts';
import { loadUserModule, userModuleFiles } from '../../../src/runtime/modules/user-modules.ts';
import { graphOf, mistakesOf, project } from '../authoring/authoring-rig.ts';

const DOUBLE = `
import { defineNode, fail, Type } from 'lethe';
import { basename } from 'node:path';
import { factor, number } from './lib/numbers.ts';
import settings from './settings.json';
interface Extra { readonly unused?: string }
export const double = defineNode({
  type: 'double',
  version: 1,
  doc: 'Doubles.',
  params: Type.Object({ by: Type.Number({ minimum: 1, default: factor }), note: Type.Optional(Type.String()) }),
  inputs: { number: { kind: number, optional: true, doc: 'A number.' } },
  outputs: { number: { kind: number, doc: 'Twice as much.' } },
  examples: [],
  run: async (context) => {
    const extra: Extra = {};
    if (context.params.by > 100) fail({ reason: 'too-much', headline: basename('/x/too much'), values: { ...settings, ...extra } });
    return { number: await context.json(number, 2) };
  },
});
export const helper = (): number => 1;
export { number };
`;
const FILES = {
  'double.ts': DOUBLE,
  'lib/numbers.ts': `import { defineKind } from 'lethe';\nexport * from './factor.js';\nexport const number = defineKind({ name: 'number', doc: 'N', codec: 'json' });\n`,
  'lib/factor.js': 'export const factor = 2;\nexport const url = import.meta.url;\n',
  'settings.json': '{ "limit": 100 }',
};
const TEXT = `pipeline: p
nodes: [./double.ts]
steps:
  two: { use: double, each: { by: [2, 3] } }
  four: { use: double, from: { number: two.number } }
`;

describe('a file of node types', () => {
  test('is linked like built-in ones, with the list of files it consists of', async () => {
    const graph = await graphOf(TEXT, { files: FILES });
    const folder = graph.file.slice(0, -'/p.yaml'.length);
    expect(graph.modules).toEqual([
      {
        path: `${folder}/double.ts`,
        types: ['double'],
        files: Object.keys(FILES)
          .map((name) => `${folder}/${name}`)
          .sort(),
      },
    ]);
    expect(graph.steps.map(({ name, node, module, params }) => ({ name, node, module, params }))).toEqual([
      { name: 'two[by=2]', node: 'double', module: 0, params: { by: 2 } },
      { name: 'two[by=3]', node: 'double', module: 0, params: { by: 3 } },
      { name: 'four[by=2]', node: 'double', module: 0, params: { by: 2 } },
      { name: 'four[by=3]', node: 'double', module: 0, params: { by: 2 } },
    ]);
  });
  test('its parameters and ports are checked like those of built-in ones', async () => {
    const text = `pipeline: p\nnodes: [./double.ts]\nsteps:\n  two: { use: double, with: { by: 0, note: 1, more: 2 } }\n  x: { use: doubel }\n`;
    expect(await mistakesOf(text, { files: FILES })).toMatchInlineSnapshot(`
      "p.yaml:4:35: error: by has to be a number, at least 1
        4 |   two: { use: double, with: { by: 0, note: 1, more: 2 } }
          |                                   ~
        given: 0

      p.yaml:4:44: error: note has to be text
        4 |   two: { use: double, with: { by: 0, note: 1, more: 2 } }
          |                                            ~
        given: 1

      p.yaml:4:47: error: double has no parameter more
        4 |   two: { use: double, with: { by: 0, note: 1, more: 2 } }
          |                                               ~~~~
        Parameters: by, note.

      p.yaml:5:13: error: there is no node type doubel
        5 |   x: { use: doubel }
          |             ~~~~~~
        did you mean: double
        Node types: collect, cut, double, measure, read-images, read-model.

      4 failures
      "
    `);
  });
  test('runs: packages, JSON, relative imports and FailureError are what they are elsewhere', async () => {
    const folder = project(FILES);
    const [double] = await loadUserModule(join(folder, 'double.ts'));
    const run = double?.run as unknown as (context: unknown) => Promise<unknown>;
    expect(await run({ params: { by: 2 }, json: async () => 'artifact' })).toEqual({ number: 'artifact' });
    await expect(run({ params: { by: 200 } })).rejects.toMatchObject({
      failure: { reason: 'too-much', headline: 'too much', values: { limit: 100 } },
    });
    expect(await userModuleFiles(join(folder, 'double.ts'))).toHaveLength(4);
  });
  test('sees its own location: import.meta.url, and lines of stack traces', async () => {
    const folder = project({
      'own.mjs': `import { defineKind, defineNode, Type } from 'lethe';
import { where } from './lib/where.mjs';
const value = defineKind({ name: 'value', doc: where, codec: 'json' });
export const own = defineNode({ type: 'own', version: 1, doc: 'D', params: Type.Object({}), inputs: {}, outputs: { v: { kind: value, doc: 'V' } }, examples: [],
  run: async () => {
    throw new Error('here');
  },
});
`,
      'lib/where.mjs': 'export const where = import.meta.url;\n',
    });
    const [own] = await loadUserModule(join(folder, 'own.mjs'));
    expect(own?.outputs['v']?.kind.doc).toBe(`file://${folder}/lib/where.mjs`);
    const error = await (own?.run as unknown as () => Promise<unknown>)().catch((thrown: unknown) => thrown as Error);
    expect((error as Error).stack).toContain(`${folder}/own.mjs:6:11`);
  });
  test('may be JavaScript of the old kind', async () => {
    const folder = project({
      'own.js': `import { make } from './old.cjs';\nimport { defineNode } from 'lethe';\nexport const own = defineNode(make());\n`,
      'old.cjs': `const { join } = require('node:path');\nconst kind = { name: 'value', doc: join('a', 'b'), codec: 'json' };\nexports.make = () => ({ type: 'own', version: 1, doc: 'D', params: { type: 'object', properties: {} }, inputs: {}, outputs: { v: { kind, doc: 'V' } }, examples: [], run: async () => 1 });\n`,
    });
    expect((await loadUserModule(join(folder, 'own.js'))).map(({ type }) => type)).toEqual(['own']);
  });
});

describe('mistakes', () => {
  const one = (nodes: string, files: Record<string, string>): Promise<string> =>
    mistakesOf(`pipeline: p\nnodes: ${nodes}\nsteps:\n  a: { use: double }\n`, { files });
  test('a missing file, a folder, a file without node types', async () => {
    expect(await one('[./none.ts, ./folder, ./empty.ts]', { 'folder/x': '', 'empty.ts': 'export const x = 1;\n' }))
      .toMatchInlineSnapshot(`
        "p.yaml:2:9: error: there is no file ./none.ts
          2 | nodes: [./none.ts, ./folder, ./empty.ts]
            |         ~~~~~~~~~
          looked for: PROJECT/none.ts
          Check the path.

        p.yaml:2:20: error: PROJECT/folder is not a file
          2 | nodes: [./none.ts, ./folder, ./empty.ts]
            |                    ~~~~~~~~
          path: PROJECT/folder
          Name a .ts or .js file that exports node types.

        p.yaml:2:30: error: this file exports no node type
          2 | nodes: [./none.ts, ./folder, ./empty.ts]
            |                              ~~~~~~~~~~
          file: PROJECT/empty.ts
          Write "export const myNode = defineNode({ ... })".

        3 failures
        "
      `);
  });
  test('syntax errors and missing imports, with their places in that file', async () => {
    const files = {
      'double.ts':
        "import { x } from './gone.ts';\nimport y from 'no-such-package';\nimport z from './bad.ts';\nexport const a = x + y + z;\n",
      'bad.ts': 'const é = "ü"; const = 3;\n',
    };
    expect(await one('[./double.ts]', files)).toMatchInlineSnapshot(`
      "bad.ts:1:22: error: expected identifier but found "="
        1 | const é = "ü"; const = 3;
          |                      ~

      double.ts:1:19: error: cannot find ./gone.ts
        1 | import { x } from './gone.ts';
          |                   ~~~~~~~~~~~
        Check the path.

      double.ts:2:15: error: cannot find no-such-package
        2 | import y from 'no-such-package';
          |               ~~~~~~~~~~~~~~~~~
        Install the package, or correct its name.

      3 failures
      "
    `);
  });
  test('a file that throws when it is loaded', async () => {
    expect(
      await one('[./double.ts]', {
        'double.ts': "const limit: number = 3;\nexport const x = limit;\nthrow new Error('no luck');\n",
      }),
    ).toMatchInlineSnapshot(`
      "p.yaml:2:9: error: this node file throws an error when it is imported: no luck
        2 | nodes: [./double.ts]
          |         ~~~~~~~~~~~
        file: PROJECT/double.ts:3:7
      "
    `);
  });
  test('invalid definitions', async () => {
    const text = `export const a = { type: 'Not Kebab', version: 0, params: {}, inputs: [], outputs: {}, run: 3, timeout: -1 };
export const b = { type: 'b', version: 1, doc: 'B', params: { type: 'object', properties: {} }, inputs: { x: { kind: 'image' } },
  outputs: { y: { kind: { name: 'k', codec: 'json' } }, z: { kind: [{ name: 'k', codec: 'json' }, { name: 'l', codec: 'json' }] } }, items: { over: 'nothing', batch: 0 } };
`;
    expect(await one('[./double.ts]', { 'double.ts': text })).toMatchInlineSnapshot(`
      "p.yaml:2:9: error: the node type Not Kebab: "type" has to be in kebab-case, e.g. my-node
        2 | nodes: [./double.ts]
          |         ~~~~~~~~~~~
        file:   PROJECT/double.ts
        export: a

      p.yaml:2:9: error: the node type Not Kebab: "version" has to be a whole number from 1
        2 | nodes: [./double.ts]
          |         ~~~~~~~~~~~
        file:   PROJECT/double.ts
        export: a

      p.yaml:2:9: error: the node type Not Kebab: "doc" has to describe the node
        2 | nodes: [./double.ts]
          |         ~~~~~~~~~~~
        file:   PROJECT/double.ts
        export: a

      p.yaml:2:9: error: the node type Not Kebab: "params" has to be Type.Object({ ... })
        2 | nodes: [./double.ts]
          |         ~~~~~~~~~~~
        file:   PROJECT/double.ts
        export: a

      p.yaml:2:9: error: the node type Not Kebab: exactly one of "run" (a function) and "items" has to be given
        2 | nodes: [./double.ts]
          |         ~~~~~~~~~~~
        file:   PROJECT/double.ts
        export: a

      p.yaml:2:9: error: the node type Not Kebab: "timeout" has to be a number of seconds
        2 | nodes: [./double.ts]
          |         ~~~~~~~~~~~
        file:   PROJECT/double.ts
        export: a

      p.yaml:2:9: error: the node type Not Kebab: "inputs" has to be a map of ports
        2 | nodes: [./double.ts]
          |         ~~~~~~~~~~~
        file:   PROJECT/double.ts
        export: a

      p.yaml:2:9: error: the node type Not Kebab: there has to be at least one output
        2 | nodes: [./double.ts]
          |         ~~~~~~~~~~~
        file:   PROJECT/double.ts
        export: a

      p.yaml:2:9: error: the node type b: inputs.x: "kind" has to be made by defineKind({ name, doc, codec })
        2 | nodes: [./double.ts]
          |         ~~~~~~~~~~~
        file:   PROJECT/double.ts
        export: b

      p.yaml:2:9: error: the node type b: outputs.z: an output has one kind
        2 | nodes: [./double.ts]
          |         ~~~~~~~~~~~
        file:   PROJECT/double.ts
        export: b

      p.yaml:2:9: error: the node type b: "items.over" has to name an input
        2 | nodes: [./double.ts]
          |         ~~~~~~~~~~~
        file:   PROJECT/double.ts
        export: b

      p.yaml:2:9: error: the node type b: "items.batch" has to be a whole number from 1
        2 | nodes: [./double.ts]
          |         ~~~~~~~~~~~
        file:   PROJECT/double.ts
        export: b

      p.yaml:2:9: error: the node type b: "items.run" has to be a function
        2 | nodes: [./double.ts]
          |         ~~~~~~~~~~~
        file:   PROJECT/double.ts
        export: b

      p.yaml:2:9: error: the node type b: a node type with "items" has exactly one output, of a table kind
        2 | nodes: [./double.ts]
          |         ~~~~~~~~~~~
        file:   PROJECT/double.ts
        export: b

      14 failures
      "
    `);
  });
  test('fields and cards that nothing could read', async () => {
    const definition = (reads: string): string => `
      import { Type, defineNode } from 'lethe';
      import { datasetKind, valueKind } from 'lethe/kinds';
      export const a = defineNode({ type: 'a', version: 1, doc: 'A.', params: Type.Object({}), inputs: { data: { kind: datasetKind, doc: 'D.' } },
        outputs: { value: { kind: valueKind, doc: 'V.' } }, cards: 1 as never,
        items: { over: 'data', batch: 1, collect: 2 as never, reads: ${reads} as never, async run() {} } });`;
    for (const [reads, says] of [
      ["{ dada: ['label'] }", 'items.reads: there is no input "dada"'],
      ["{ data: 'label' }", 'items.reads.data has to be a list of names of fields'],
      ["['label']", '"items.reads" has to be a map from ports to lists of fields'],
    ] as const) {
      const report = await one('[./double.ts]', { 'double.ts': definition(reads) });
      expect(report).toContain(says);
      expect(report).toContain('"cards" has to be a function');
      expect(report).toContain('"items.collect" has to be a function');
    }
  });
  test('parameters that are no schema', async () => {
    const text = DOUBLE.replace('Type.Optional(Type.String())', "{ type: 'words' } as never");
    expect(await one('[./double.ts]', { ...FILES, 'double.ts': text })).toMatchInlineSnapshot(`
      "p.yaml:4:13: error: the node type double: its parameters are not a valid schema
        4 |   a: { use: double }
          |             ~~~~~~
        message: schema is invalid: data/properties/note/type must be equal to one of the allowed values, data/properties/note/type must be array, data/properties/note/type must match a schema in anyOf
        Describe them with Type.Object({ ... }).
      "
    `);
  });
  test('types that exist already', async () => {
    const files = { ...FILES, 'again.ts': DOUBLE, 'cut.ts': DOUBLE.replace("'double'", "'cut'") };
    expect(await one('[./double.ts, ./again.ts, ./cut.ts]', files)).toMatchInlineSnapshot(`
      "p.yaml:2:22: error: the node type double is defined twice
        2 | nodes: [./double.ts, ./again.ts, ./cut.ts]
          |                      ~~~~~~~~~~
        Choose another name in "type".

      p.yaml:2:34: error: ./cut.ts defines cut, which is a built-in node type
        2 | nodes: [./double.ts, ./again.ts, ./cut.ts]
          |                                  ~~~~~~~~
        Choose another name in "type".

      2 failures
      "
    `);
  });
  test('loadUserModule throws the first of them', async () => {
    await expect(loadUserModule('/no/such/file.ts')).rejects.toThrow(FailureError);
  });
});
