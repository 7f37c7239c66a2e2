// Whatever a pipeline file contains, the result is a graph or failures with positions in the file, never an exception.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadGraph } from '../../../src/runtime/authoring/load-graph.ts';
import { failureJson } from '../../../src/commands/view/failure-json.ts';
import { renderFailures } from '../../../src/runtime/authoring/render-failure.ts';
import { project, registry } from './authoring-rig.ts';

const TEXT = `pipeline: p
params: { images: 3, layers: [c, d] }
numerics: { backend: wasm }
steps:
  data: { use: read-images, with: { format: cifar10, files: [p.yaml], limit: { $param: images }, crop: { width: 1, height: 2 } } }
  model: { use: read-model, each: { net: [{ architecture: a, fold: false }, { architecture: b }] } }
  tap: { use: cut, from: { model: model.model }, each: { layer: { $param: layers } }, timeout: 3 }
  sigma: { use: measure, from: &s { tap: tap, data: data } }
  more: { use: measure, from: *s, with: { alpha: 1e-3 } }
  all: { use: collect, from: { tables: [sigma, model.notes] } }
`;

async function expectAnswer(folder: string, text: string): Promise<boolean> {
  const file = join(folder, 'p.yaml');
  writeFileSync(file, text);
  const result = await loadGraph({ file, registry });
  if (result.ok) return true;
  expect(result.failures.length).toBeGreaterThan(0);
  for (const failure of result.failures) {
    const { line = 1, column = 1, end_line: endLine = 1 } = failureJson(failure);
    expect(failure.headline).toMatch(/\S/);
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(endLine).toBeGreaterThanOrEqual(line);
  }
  expect(renderFailures(result.failures)).not.toMatch(/undefined|\[object|NaN/);
  return false;
}

test('a pipeline with characters lost, added and moved', async () => {
  const folder = project({});
  expect(await expectAnswer(folder, TEXT)).toBe(true);
  const edit = fc.record({
    at: fc.integer({ min: 0, max: TEXT.length }),
    remove: fc.integer({ min: 0, max: 12 }),
    insert: fc.oneof(
      fc.constantFrom(
        '',
        ':',
        ' ',
        '\n',
        '{',
        '}',
        '[',
        ']',
        ',',
        '&s ',
        '*s',
        '"',
        "'",
        '\t',
        '- ',
        '# ',
        '|',
        '!!',
        '$param',
        '.',
        '~',
        '0',
        '-1',
        '.nan',
        '? ',
      ),
      fc.string({ maxLength: 6, unit: 'binary' }),
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
      let text = TEXT;
      for (const { at, remove, insert } of edits) text = text.slice(0, at) + insert + text.slice(at + remove);
      await expectAnswer(folder, text);
    }),
    { numRuns: 120 },
  );
});

test('a pipeline with any value in the place of any other', async () => {
  const folder = project({});
  const pipeline = {
    pipeline: 'p',
    params: { images: 3 },
    nodes: [],
    steps: {
      data: {
        use: 'read-images',
        with: { format: 'folder', limit: { $param: 'images' }, crop: { width: 1, height: 1 } },
        timeout: 2,
      },
      model: { use: 'read-model', each: { net: [{ architecture: 'a' }, { architecture: 'b' }] } },
      tap: { use: 'cut', from: { model: 'model' }, each: { layer: ['c', 'd'] } },
      all: { use: 'collect', from: { tables: ['model.notes'] } },
    },
  };
  const paths: string[][] = [];
  const walk = (value: unknown, path: string[]): void => {
    if (path.length > 0) paths.push(path);
    if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key]);
  };
  walk(pipeline, []);
  const replace = (value: unknown, [head, ...rest]: string[], by: unknown): unknown => {
    if (head === undefined) return by;
    const copy: Record<string, unknown> = (Array.isArray(value) ? [...value] : { ...(value as object) }) as never;
    copy[head] = replace(copy[head], rest, by);
    return copy;
  };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...paths),
      fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant({ $param: 'images' }), fc.constant({ $param: 3 })),
      async (path, value) => {
        await expectAnswer(folder, stringify(replace(pipeline, path, value)));
      },
    ),
    { numRuns: 120 },
  );
});
