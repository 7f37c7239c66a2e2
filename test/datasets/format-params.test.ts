import { Type } from '@sinclair/typebox';
import { describe, expect, it } from 'vitest';
import { defineDatasetFormat } from '../../src/datasets/dataset-format.ts';
import type { DatasetFormat } from '../../src/datasets/dataset-format.ts';
import { formatParams, misfits } from '../../src/datasets/format-params.ts';
import { DATASET_FORMATS } from '../../src/datasets/index.ts';

const open = () => Promise.reject(new Error('not opened'));
const card = (name: string, params: DatasetFormat['params']): DatasetFormat =>
  defineDatasetFormat({ name, doc: `${name}.`, version: 1, params, open });

const one = card('one', Type.Object({ images: Type.String({ description: 'Folder.' }), a: Type.Integer() }));
const two = card('two', Type.Object({ images: Type.Optional(Type.String({ description: 'File.' })) }));
const formats = [one, two];

describe('the parameters of all formats', () => {
  it('are optional and name their formats', () => {
    const schema = Type.Object(formatParams(formats));
    expect(schema.required).toBeUndefined();
    expect(schema.properties['a']).toMatchObject({ type: 'integer', description: 'one: ' });
    expect(schema.properties['images']).toMatchObject({ type: 'string', description: 'one: Folder. two: File.' });
  });

  it('cannot have two meanings under one name', () => {
    expect(() => formatParams([one, card('three', Type.Object({ a: Type.String() }))])).toThrow(
      'the parameter a differs between the formats one, three',
    );
  });

  it('are rejected if the format does not have them, or if a required one is missing', () => {
    expect(misfits(formats, one, { format: 'one', images: 'x', a: 1, other: 2 })).toEqual([]);
    expect(misfits(formats, one, { format: 'one', images: 'x' })).toMatchObject([
      { reason: 'format-needs-parameter', pointer: '/format', data: { format: 'one', parameter: 'a' } },
    ]);
    expect(misfits(formats, two, { format: 'two', a: 1 })).toMatchObject([
      { reason: 'parameter-of-another-format', pointer: '/a', values: { 'a is for': 'one', 'two takes': 'images' } },
    ]);
  });
});

it('every card is frozen, documented, and named as its values are written', () => {
  for (const format of DATASET_FORMATS) {
    expect(Object.isFrozen(format)).toBe(true);
    expect(format.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(format.doc).toMatch(/\.$/);
    expect(format.version).toBeGreaterThanOrEqual(1);
    for (const [name, schema] of Object.entries(format.params.properties)) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(schema.description, `${format.name}: ${name}`).toBeTruthy();
    }
  }
  expect(new Set(DATASET_FORMATS.map(({ name }) => name)).size).toBe(DATASET_FORMATS.length);
});
