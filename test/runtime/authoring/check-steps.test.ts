// `check` of node types: its arguments, where its mistakes are shown, and exceptions in it.
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { expect, test } from 'vitest';
import { defineKind } from '../../../src/runtime/contracts/artifact.ts';
import { defineNode } from '../../../src/runtime/contracts/define.ts';
import type { CheckContext, NodeDefinition, NodeMistake, UpstreamStep } from '../../../src/runtime/contracts/define.ts';
import { fail } from '../../../src/runtime/contracts/failure.ts';
import { loadGraph } from '../../../src/runtime/authoring/load-graph.ts';
import type { GraphMemo } from '../../../src/runtime/authoring/load-graph.ts';
import { mistakesOf, project } from './authoring-rig.ts';

const number = defineKind({ name: 'number', doc: 'A number.', codec: 'json' });
const never = (): never => {
  throw new Error('no test of authoring runs a node');
};
const source = defineNode({
  type: 'source',
  version: 1,
  doc: 'Gives.',
  params: Type.Object({ n: Type.Integer({ default: 7 }) }),
  inputs: {},
  outputs: { one: { kind: number, doc: 'One.' }, two: { kind: number, doc: 'Two.' } },
  examples: [],
  run: never,
});
const pass = defineNode({
  type: 'pass',
  version: 1,
  doc: 'Passes on.',
  params: Type.Object({}),
  inputs: { it: { kind: number, doc: 'A number.' } },
  outputs: { it: { kind: number, doc: 'A number.' } },
  examples: [],
  run: never,
});

const params = Type.Object({ a: Type.Integer({ default: 1 }), list: Type.Array(Type.Integer(), { default: [] }) });
const ports = {
  x: { kind: number, optional: true, doc: 'A number.' },
  many: { kind: number, many: true, optional: true, doc: 'Numbers.' },
} as const;
type Check = (context: CheckContext<typeof params, typeof ports>) => readonly NodeMistake[];

/** A registry whose node type `checked` has the given `check`. */
function registryWith(check: Check) {
  const checked = defineNode({
    type: 'checked',
    version: 1,
    doc: 'Checks.',
    params,
    inputs: ports,
    outputs: { y: { kind: number, doc: 'A number.' } },
    examples: [],
    check,
    run: never,
  });
  const all = [source, pass, checked] as unknown as readonly NodeDefinition[];
  const load = (type: string): Promise<NodeDefinition> => Promise.resolve(all.find((one) => one.type === type)!);
  return { types: all.map(({ type }) => type), load };
}

test('a check gets final parameters and the upstream steps, once per point; a cached graph is not checked again', async () => {
  const told: unknown[] = [];
  const plain = (up: UpstreamStep): unknown => ({ ...up, inputs: Object.keys(up.inputs) });
  const registry = registryWith(({ params: { a }, inputs: { x, many } }) => {
    const step = x as UpstreamStep;
    const above = step.inputs['it'] as UpstreamStep;
    told.push([a, plain(step), plain(above), many?.map(plain)]);
    return [];
  });
  const text = `pipeline: p
steps:
  s: { use: source, each: { n: [1, 2] } }
  p: { use: pass, from: { it: s.two } }
  c: { use: checked, from: { x: p, many: [s, p] } }
`;
  const known = new Map<string, unknown>();
  const memo: GraphMemo = {
    get: (id) => known.get(id),
    set: (id, value) => Promise.resolve(void known.set(id, JSON.parse(JSON.stringify(value)))),
  };
  const file = join(project({ 'p.yaml': text }), 'p.yaml');
  const first = await loadGraph({ file, registry, memo });
  const s = (n: number, output: string): object => ({ node: 'source', output, params: { n }, inputs: [] });
  const p = { node: 'pass', output: 'it', params: {}, inputs: ['it'] };
  expect(told).toEqual([1, 2].map((n) => [1, p, s(n, 'two'), [s(n, 'one'), p]]));
  expect(await loadGraph({ file, registry, memo })).toEqual(first);
  expect(told).toHaveLength(2);
});

test('its mistakes are shown at parameters, ports or else at the node type, once for all points', async () => {
  const registry = registryWith(({ params: { a } }) => [
    ...(a === 2 ? [{ headline: 'two is wrong', pointer: '/a', values: { a } }] : []),
    { reason: 'odd', headline: 'this list is odd', pointer: '/list/1', help: 'Even it.' },
    { headline: 'this port is not fed', port: 'x' },
    { headline: 'this port is wanted', port: 'many' },
    { headline: 'all is wrong' },
  ]);
  const text = `pipeline: p
steps:
  s: { use: source, each: { n: [1, 2] } }
  c:
    use: checked
    from: { x: s }
    with: { list: [5, 6] }
    each: { a: [1, 2, 3] }
`;
  expect(await mistakesOf(text, { registry })).toMatchInlineSnapshot(`
    "p.yaml:5:10: error: this port is wanted
      5 |     use: checked
        |          ~~~~~~~

    p.yaml:5:10: error: all is wrong
      5 |     use: checked
        |          ~~~~~~~

    p.yaml:6:13: error: this port is not fed
      6 |     from: { x: s }
        |             ~

    p.yaml:7:23: error: this list is odd
      7 |     with: { list: [5, 6] }
        |                       ~
      Even it.

    p.yaml:8:20: error: two is wrong
      8 |     each: { a: [1, 2, 3] }
        |                    ~
      a: 2

    5 failures
    "
  `);
});

test('a step with another mistake is not checked; the steps beside it are', async () => {
  const registry = registryWith(() => [{ headline: 'checked' }]);
  const text = `pipeline: p
steps:
  s: { use: source }
  bad: { use: checked, with: { a: text } }
  port: { use: checked, from: { xx: s } }
  fine: { use: checked }
`;
  expect((await mistakesOf(text, { registry })).match(/error: .*/g)).toMatchInlineSnapshot(`
    [
      "error: a has to be a whole number",
      "error: checked has no port xx",
      "error: checked",
    ]
  `);
});

test('a check that throws is a mistake of the node type; one that fails is one of the step', async () => {
  const text = 'pipeline: p\nsteps:\n  c: { use: checked }\n';
  const bug = registryWith(() => {
    throw new TypeError('no property of undefined');
  });
  expect(await mistakesOf(text, { registry: bug })).toMatchInlineSnapshot(`
    "p.yaml:3:13: error: the node type checked: "check" throws
      3 |   c: { use: checked }
        |             ~~~~~~~
      message: no property of undefined
    "
  `);
  const failing = registryWith(() => fail({ reason: 'no', headline: 'not so', help: 'Otherwise.' }));
  expect(await mistakesOf(text, { registry: failing })).toMatchInlineSnapshot(`
    "p.yaml:3:13: error: not so
      3 |   c: { use: checked }
        |             ~~~~~~~
      Otherwise.
    "
  `);
});

test('node types of the user check too', async () => {
  const node = (check: string): string => `import { defineKind, defineNode, Type } from 'lethe';
const kind = defineKind({ name: 'number', doc: 'A number.', codec: 'json' });
export const mine = defineNode({
  type: 'mine', version: 1, doc: 'Mine.', params: Type.Object({ low: Type.Integer(), high: Type.Integer() }),
  inputs: {}, outputs: { y: { kind, doc: 'A number.' } }, examples: [],
  check: ${check},
  run: () => { throw new Error('no'); },
});
`;
  const text = 'pipeline: p\nnodes: [./mine.ts]\nsteps:\n  m: { use: mine, with: { low: 3, high: 2 } }\n';
  const check = `({ params }) => params.low <= params.high ? [] : [{ headline: 'low is above high', pointer: '/low' }]`;
  expect(await mistakesOf(text, { files: { 'mine.ts': node(check) } })).toMatchInlineSnapshot(`
    "p.yaml:4:32: error: low is above high
      4 |   m: { use: mine, with: { low: 3, high: 2 } }
        |                                ~
    "
  `);
  expect(await mistakesOf(text, { files: { 'mine.ts': node('7') } })).toContain('"check" has to be a function');
});
