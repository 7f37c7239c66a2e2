// Damaged and missing blobs: the step that wrote them is computed again automatically, and the run continues.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Digest, Key } from '../../../src/runtime/contracts/artifact.ts';
import { readManifest } from '../../../src/runtime/store/manifest.ts';
import { buildFixtures, graphOf, removeFixtures, Rig, scaling } from './engine-rig.ts';
import type { Ran, StepSpec } from './engine-rig.ts';

let fixtures: ReturnType<typeof buildFixtures>;
let rig: Rig;
beforeAll(() => void (fixtures = buildFixtures()));
afterAll(removeFixtures);
beforeEach(() => void (rig = new Rig(fixtures)));
afterEach(() => rig.close());

const chain = (log: string): StepSpec[] => [
  ...scaling(rig, [1, 2, 3]),
  { use: 'total', name: 'total', with: { log }, from: { values: 'scaled' } },
];

/** Table of a step's output. */
async function tableOf(ran: Ran, step: string): Promise<Digest> {
  const manifest = await readManifest(await rig.store(), ran.outputs[step]?.digest as Digest);
  return (manifest as unknown as { table: Digest }).table;
}

async function removeSmall(digests: readonly Digest[]): Promise<void> {
  const store = await rig.store();
  await store.contents.removeBlobs([...store.contents.blobs()].filter(({ digest }) => digests.includes(digest)));
}

const warnings = (ran: Ran): string[] =>
  ran.events.flatMap((event) => (event.event === 'warning' ? [event.message] : []));

it('reads nothing of a cached step that nobody needs', async () => {
  const graph = graphOf(chain(rig.log));
  const ran = await rig.run(graph);
  await removeSmall([ran.outputs['data']?.digest as Digest]);
  rig.executions();
  expect(await rig.run(graph, { targets: ['total'] })).toMatchObject({ computed: 0, cached: 3 });
});

it('runs a target again whose output was deleted', async () => {
  const graph = graphOf(chain(rig.log));
  const ran = await rig.run(graph);
  rmSync(ran.outputs['scaled']?.path as string);
  rig.executions();
  const again = await rig.run(graph);
  expect(again.outputs).toEqual(ran.outputs);
  expect(rig.executions()).toEqual([]); // collected from its items; none of them is computed again
  expect(again.computed).toBe(1);
});

it('restores a damaged table that a step needs', async () => {
  const ran = await rig.run(graphOf(chain(rig.log)));
  const path = ran.outputs['scaled']?.path as string;
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  rig.executions();
  const graph = graphOf([
    ...chain(rig.log).slice(0, 2),
    { use: 'total', name: 'total', with: { log: join(rig.folder, 'log') }, from: { values: 'scaled' } },
  ]);
  const again = await rig.run(graph, { force: ['total'] });
  expect(again).toMatchObject({ failed: 0, outputs: ran.outputs });
  expect(rig.executions()).toEqual(['total', 'total']); // the first attempt fails
  const table = await tableOf(ran, 'scaled');
  expect(warnings(again)).toContainEqual(expect.stringMatching(new RegExp(`${table}.*scaled is computed again`)));
  expect(await rig.read(graph, again, 'scaled')).toHaveLength(3);
});

it('makes a damaged final table again, though nothing else runs', async () => {
  const graph = graphOf(scaling(rig, [1, 2, 3]));
  const ran = await rig.run(graph);
  const path = ran.outputs['scaled']?.path ?? '';
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(7, 100, 101));
  rig.executions();
  const again = await rig.run(graph);
  expect(rig.executions()).toEqual([]);
  expect(again).toMatchObject({ computed: 1, items_computed: 0, outputs: ran.outputs });
  expect(warnings(again)).toContainEqual(expect.stringContaining(await tableOf(ran, 'scaled')));
  expect(await rig.run(graph)).toMatchObject({ computed: 0 });
});

it('computes again just the item whose rows are gone', async () => {
  const graph = graphOf(chain(rig.log));
  const ran = await rig.run(graph);
  const manifest = await readManifest(await rig.store(), ran.outputs['scaled']?.digest as Digest);
  await removeSmall([manifest.items?.[1]?.digest as Digest]);
  rmSync(ran.outputs['scaled']?.path as string);
  rig.executions();
  const again = await rig.run(graph);
  expect(rig.executions()).toEqual(['scale 2']);
  expect(again).toMatchObject({ computed: 1, items_computed: 1, outputs: ran.outputs });
});

it('finds the step that made a blob behind the one that refers to it', async () => {
  const graph = graphOf(chain(rig.log));
  const ran = await rig.run(graph);
  const manifest = await readManifest(await rig.store(), ran.outputs['data']?.digest as Digest);
  await removeSmall([manifest.items?.[0]?.digest as Digest, ran.outputs['data']?.digest as Digest]);
  rig.executions();
  const again = await rig.run(graph, { force: ['scaled'], targets: ['total'] });
  expect(again).toMatchObject({ failed: 0, items_computed: 3 });
  expect(rig.executions()).toEqual(['make-data', 'scale 1', 'scale 2', 'scale 3']);
});

it('restores a blob that two steps miss with a single computation', async () => {
  const specs = (): StepSpec[] => [
    ...scaling(rig, [1, 2, 3]),
    ...['x', 'y', 'z'].map((name): StepSpec => ({
      use: 'total',
      name,
      with: { log: rig.log + name },
      from: { values: 'scaled' },
    })),
  ];
  const ran = await rig.run(graphOf(specs()));
  rmSync(ran.outputs['scaled']?.path as string);
  const again = await rig.run(graphOf(specs()), { targets: ['x', 'y', 'z'], force: ['x', 'y', 'z'] });
  expect(again).toMatchObject({ failed: 0, computed: 4 });
  expect(warnings(again).filter((message) => message.includes('is computed again'))).toHaveLength(1);
});

it('ignores a damaged result', async () => {
  const graph = graphOf(chain(rig.log));
  await rig.run(graph);
  const store = await rig.store();
  const keys: Key[] = [...store.contents.results()].map(({ key }) => key);
  await store.contents.removeResults(keys);
  expect(readdirSync(join(rig.cache, 'blobs')).length).toBeGreaterThan(0);
  rig.executions();
  const again = await rig.run(graph);
  expect(again).toMatchObject({ computed: 3, items_computed: 3 });
});
