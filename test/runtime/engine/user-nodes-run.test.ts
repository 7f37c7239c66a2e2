// Node types of the user's project: their code enters the keys, they run in workers even if they are light, and their
// errors are shown with lines of the user's files.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Graph } from '../../../src/runtime/contracts/graph.ts';
import { planGraph } from '../../../src/runtime/engine/plan.ts';
import { userModuleFiles } from '../../../src/runtime/modules/user-modules.ts';
import { buildFixtures, removeFixtures, Rig } from './engine-rig.ts';

let fixtures: ReturnType<typeof buildFixtures>;
let rig: Rig;
beforeAll(() => void (fixtures = buildFixtures()));
afterAll(removeFixtures);
beforeEach(() => void (rig = new Rig(fixtures)));
afterEach(() => rig.close());

function writeModule(factor: number, comment = ''): void {
  writeFileSync(join(rig.folder, 'part.ts'), `${comment}export const factor: number = ${factor};\n`);
  writeFileSync(
    join(rig.folder, 'mine.ts'),
    `import { factor } from './part.ts';
export const mine = {
  type: 'mine', version: 1, doc: 'Mine.', examples: [], light: true,
  params: { type: 'object', properties: { how: { type: 'string' } } }, inputs: {},
  outputs: { value: { kind: { name: 'number', doc: 'A number.', codec: 'json' }, doc: 'Value.' } },
  run: async ({ params, json }: any) => {
    if (params.how === 'loop') for (;;);
    if (params.how === 'throw')
      throw new Error('mine is broken');
    if (params.how === 'stray') {
      void Promise.reject(new Error('nobody waits for this'));
      await new Promise((resolve) => setTimeout(resolve, 30_000));
    }
    if (params.how === 'callback')
      await new Promise(() => setTimeout(() => { throw new Error('thrown in a callback'); }, 1));
    return { value: await json({ name: 'number', doc: 'A number.', codec: 'json' }, factor) };
  },
};
`,
  );
}

async function graphOf(how: string, timeout?: number): Promise<Graph> {
  const path = join(rig.folder, 'mine.ts');
  const step = {
    name: 'step',
    base: 'step',
    axes: {},
    node: 'mine',
    version: 1,
    module: 0,
    params: { how },
    files: [],
    inputs: {},
    outputs: { value: 'number' },
    light: true,
    line: 1,
    ...(timeout === undefined ? {} : { timeout }),
  };
  const modules = [{ path, files: await userModuleFiles(path), types: ['mine'] }];
  return { pipeline: 'users', file: '<code>', params: {}, steps: [step], modules };
}

it('knows the code of a node by its content, with what it imports', async () => {
  writeModule(2);
  const graph = await graphOf('');
  const ran = await rig.run(graph);
  expect(ran).toMatchObject({ computed: 1, failed: 0 });
  expect(await rig.read(graph, ran, 'step')).toBe(2);
  expect(await rig.run(await graphOf(''))).toMatchObject({ computed: 0, cached: 1 });
  writeModule(3);
  const changed = await graphOf('');
  const planned = await planGraph(changed, await rig.store());
  expect(planned.ok && planned.value.steps[0]).toMatchObject({
    status: 'will-run',
    reason: expect.stringMatching(/^code part\.ts: [0-9a-f]{12} -> [0-9a-f]{12}$/),
    changes: [{ what: 'code', where: 'part.ts' }],
  });
  expect(await rig.read(changed, await rig.run(changed), 'step')).toBe(3);
});

it('stops an endless loop in a light node, and points into the user file when it throws', async () => {
  writeModule(2);
  expect((await rig.run(await graphOf('loop', 0.5))).failure('step')).toMatchObject({ reason: 'timeout' });
  const thrown = await rig.run(await graphOf('throw'));
  expect(thrown.failure('step')).toMatchObject({
    reason: 'node-threw',
    headline: 'mine failed: mine is broken',
    values: { node: 'mine', at: expect.stringMatching(/^\S+mine\.ts:9:\d+$/) },
    help: expect.stringContaining('Fix the node'),
  });
});

it('reports an error that was thrown outside of a promise', async () => {
  writeModule(2);
  for (const [how, message] of [
    ['stray', 'nobody waits for this'],
    ['callback', 'thrown in a callback'],
  ] as const) {
    const failure = (await rig.run(await graphOf(how))).failure('step');
    expect(failure, how).toMatchObject({ reason: 'node-threw', headline: `mine failed: ${message}` });
    expect(failure?.values?.['at'], how).toContain('mine.ts');
    expect(failure?.help).toContain('Await every promise');
  }
});
