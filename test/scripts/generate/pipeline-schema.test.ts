// The schema for editors, applied to pipelines with and without mistakes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { registry } from '../../../src/registry.ts';
import { catalogOf, nodeTable, tableSchema } from '../../../scripts/generate/catalog.ts';
import { definePipeline } from '../../../src/runtime/authoring/define-pipeline.ts';
import { pipelineSchema } from '../../../scripts/generate/pipeline-schema.ts';
import { definitions } from '../../runtime/authoring/authoring-rig.ts';

const ajv = new Ajv({ discriminator: true, allErrors: true, keywords: ['markdownDescription', 'defaultSnippets'] });
const check = ajv.compile(pipelineSchema(definitions));
const errors = (yaml: string): string[] => {
  if (check(parse(yaml))) return [];
  return (check.errors ?? [])
    .filter(({ keyword }) => keyword !== 'if')
    .map(({ instancePath, message }) => `${instancePath} ${message}`);
};
const step = (text: string): string => `pipeline: p\nsteps:\n  a: ${text}\n`;

describe('the schema of pipelines', () => {
  test('accepts correct pipelines', () => {
    const good = definePipeline({
      pipeline: 'p',
      params: { n: 1, list: ['a'], map: { k: 1 } },
      numerics: { backend: 'wasm' },
      steps: {
        data: {
          use: 'read-images',
          with: {
            format: 'folder',
            limit: { $param: 'n' },
            crop: { width: { $param: 'n' }, height: 2 },
            files: [{ $param: 'n' }],
          },
          timeout: 3,
        },
        defaults: { use: 'collect', from: { tables: ['a', 'b.notes'], model: 'model' } },
        model: {
          use: 'read-model',
          each: { architecture: ['x', { $param: 'n' }], net: [{ weights: 'w', fold: false }] },
        },
        tap: { use: 'cut', from: { model: 'model.model' }, each: { layer: { $param: 'list' } } },
      },
    });
    check(good);
    expect(check.errors ?? []).toEqual([]);
  });
  test.each([
    ['{ use: read-imags }', ['/steps/a value of tag "use" must be in oneOf']],
    [`{ use: read-images, with: { format: folder, limit: 0 } }`, ['/steps/a/with/limit must be >= 1']],
    [
      `{ use: read-images, with: { format: cifar } }`,
      ['/steps/a/with/format must be equal to one of the allowed values'],
    ],
    [`{ use: read-images, with: { format: folder, limt: 3 } }`, ['/steps/a/with must NOT have additional properties']],
    [
      `{ use: read-images, with: { format: folder, crop: { width: 1, heigth: 2 } } }`,
      [
        "/steps/a/with/crop must have required property 'height'",
        '/steps/a/with/crop must NOT have additional properties',
      ],
    ],
    [`{ use: read-images }`, ["/steps/a must have required property 'with'"]],
    [`{ use: read-images, with: { limit: 3 } }`, ["/steps/a/with must have required property 'format'"]],
    [`{ use: read-images, with: { format: folder, limit: { $parm: n } } }`, ['/steps/a/with/limit must be integer']],
    [
      `{ use: read-images, with: { format: folder, limit: { $param: n, of: 2 } } }`,
      ['/steps/a/with/limit must NOT have additional properties'],
    ],
    [`{ use: cut, with: { layer: x } }`, ["/steps/a must have required property 'from'"]],
    [`{ use: cut, with: { layer: x }, from: { model: [b] } }`, ['/steps/a/from/model must be string']],
    [
      `{ use: cut, with: { layer: x }, from: { modl: b } }`,
      ["/steps/a/from must have required property 'model'", '/steps/a/from must NOT have additional properties'],
    ],
    [`{ use: cut, with: { layer: x }, from: { model: b }, form: 1 }`, ['/steps/a must NOT have additional properties']],
    [`{ use: cut, with: { layer: x }, from: { model: b }, timeout: 0 }`, ['/steps/a/timeout must be > 0']],
  ])('%s', (text, expected) => {
    expect(errors(step(text))).toEqual(expected);
  });
  test('wrong sweeps, names and keys', () => {
    expect(errors(step(`{ use: read-model, each: { architecture: [1] } }`)).join()).toContain(
      '/steps/a/each/architecture/0 must be string',
    );
    expect(errors(step(`{ use: read-model, each: { net: [{ archtecture: x }] } }`)).join()).toContain(
      '/steps/a/each/net/0 must NOT have additional properties',
    );
    expect(errors(step(`{ use: read-model, each: { net: [3] } }`))).not.toEqual([]);
    expect(errors('pipeline: p\nsteps: { 1a: { use: read-model, with: { architecture: x } } }\n')).not.toEqual([]);
    expect(errors('pipeline: p\nstep: {}\n')).toHaveLength(2);
  });
  test('with node files of the user, other node types are accepted; built-in ones are still checked', () => {
    const own = (text: string): string => `nodes: [./own.ts]\n${step(text)}`;
    expect(errors(own('{ use: own, with: { anything: 3 }, from: { x: b }, each: { y: [1] } }'))).toEqual([]);
    expect(errors(own('{ use: read-images, with: { format: folder, limit: 0 } }'))).toEqual([
      '/steps/a/with/limit must be >= 1',
    ]);
    expect(errors(own('{ use: own, wiht: {} }'))).toHaveLength(1);
  });
  test('explains every node type, parameter and port', () => {
    const text = JSON.stringify(pipelineSchema(definitions));
    for (const part of [
      'Reads images.\\n\\nFrom files.',
      'How many images to take.',
      'The tap. (tap)',
      'Other images. (dataset, optional)',
      'Measurements. (measure or report, collects a sweep)',
    ]) {
      expect(text).toContain(`"markdownDescription":"${part}"`);
    }
  });
});

describe('what is generated from the built-in node types', async () => {
  const nodes = await Promise.all(registry.types.map((type) => registry.load(type)));
  const folder = join(import.meta.dirname, '..', '..', '..');
  test('takes the pipelines and all examples', () => {
    const validate = new Ajv({ discriminator: true, keywords: ['markdownDescription', 'defaultSnippets'] }).compile(
      pipelineSchema(nodes),
    );
    const pipelines = readdirSync(join(folder, 'pipelines')).map((file) =>
      readFileSync(join(folder, 'pipelines', file), 'utf8'),
    );
    for (const text of [...pipelines, ...nodes.flatMap((node) => node.examples)]) {
      expect(validate(parse(text)), `${text}\n${JSON.stringify(validate.errors)}`).toBe(true);
    }
  });
  test('is plain JSON, and names every type', () => {
    const catalog = catalogOf(nodes);
    expect(JSON.parse(JSON.stringify(catalog))).toEqual(catalog);
    for (const { type } of nodes) expect(nodeTable(nodes)).toContain(`| \`${type}\` |`);
  });
});

test('the schema of a table takes its rows', () => {
  const kind = {
    name: 'k',
    doc: 'D',
    codec: 'table',
    axes: true,
    columns: {
      a: { type: 'int32', doc: 'A', unit: '1' },
      b: { type: 'utf8', doc: 'B', nullable: true },
      c: { type: 'float32[]', doc: 'C' },
    },
  } as const;
  const validate = new Ajv({ keywords: ['unit'] }).compile(tableSchema(kind));
  expect(validate({ a: 1, b: null, c: [1.5], layer: 'conv1' })).toBe(true);
  expect(validate({ a: 1.5, b: null, c: [] })).toBe(false);
  expect(validate({ a: 1, c: [] })).toBe(false);
  expect(validate({ a: 1, b: 'x', c: [], layer: {} })).toBe(false);
});
