// Item nodes: every item is computed once and cached, whatever happens to the others.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildFixtures, graphOf, removeFixtures, Rig, scaling } from './engine-rig.ts';
import type { StepSpec } from './engine-rig.ts';

let fixtures: ReturnType<typeof buildFixtures>;
let rig: Rig;
beforeAll(() => void (fixtures = buildFixtures()));
afterAll(removeFixtures);
beforeEach(() => void (rig = new Rig(fixtures)));
afterEach(() => rig.close());

const scaled = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('scale '));

it('computes every item once and puts the rows in the order of the data', async () => {
  const graph = graphOf(scaling(rig, [5, 3, 9, 1, 7, 2]));
  const ran = await rig.run(graph);
  expect(ran).toMatchObject({ computed: 2, items_computed: 6 });
  const rows = (await rig.read(graph, ran, 'scaled')) as { index: number; value: number; image: string }[];
  expect(rows.map(({ index, value }) => [index, value])).toEqual([
    [0, 10],
    [1, 6],
    [2, 18],
    [3, 2],
    [4, 14],
    [5, 4],
  ]);
  expect(scaled(rig.executions())).toHaveLength(6);
  expect(await rig.run(graph)).toMatchObject({ computed: 0, items_computed: 0, cached: 2 });
  expect(rig.executions()).toEqual([]);
});

it('computes only the items that are new', async () => {
  await rig.run(graphOf(scaling(rig, [1, 2, 3])));
  rig.executions();
  const graph = graphOf(scaling(rig, [4, 1, 2, 3, 5]));
  const ran = await rig.run(graph);
  expect(scaled(rig.executions())).toEqual(['scale 4', 'scale 5']);
  expect(ran).toMatchObject({ computed: 2, items_computed: 2 });
  const finished = ran.events.find((event) => event.event === 'step-finished' && event.step === 'scaled');
  expect(finished).toMatchObject({ items: { computed: 2, cached: 3 } });
  expect(((await rig.read(graph, ran, 'scaled')) as { value: number }[]).map(({ value }) => value)).toEqual([
    8, 2, 4, 6, 10,
  ]);
});

it('computes an item that occurs twice once, and shows it twice', async () => {
  const graph = graphOf(scaling(rig, [6, 6, 1, 6]));
  const ran = await rig.run(graph);
  expect(scaled(rig.executions())).toEqual(['scale 1', 'scale 6']);
  expect(
    ((await rig.read(graph, ran, 'scaled')) as { index: number; value: number }[]).map(({ index, value }) => [
      index,
      value,
    ]),
  ).toEqual([
    [0, 12],
    [1, 12],
    [2, 2],
    [3, 12],
  ]);
});

it('distinguishes items that differ in a field that the node reads', async () => {
  const [data, scale] = scaling(rig, [6, 6, 6]) as [StepSpec, StepSpec];
  await rig.run(graphOf([{ ...data, with: { ...data.with, labels: [1, 2, 1] } }, scale]));
  expect(scaled(rig.executions())).toEqual(['scale 6', 'scale 6']);
});

describe('a field of the items changes', () => {
  const labelled = (labels: readonly number[], undeclared = false): StepSpec[] => {
    const [data, scale] = scaling(rig, [2, 3]) as [StepSpec, StepSpec];
    const square = { use: 'square', name: 'squares', with: { log: rig.log, undeclared }, from: { data: 'data' } };
    return [{ ...data, with: { ...data.with, labels } }, scale, square];
  };

  it('recomputes the items of nodes that read it, and no others', async () => {
    const before = await rig.run(graphOf(labelled([0, 1])));
    expect(rig.executions()).toEqual(['make-data', 'scale 2', 'scale 3', 'square 2', 'square 3']);
    const after = await rig.run(graphOf(labelled([0, 7])));
    expect(rig.executions()).toEqual(['make-data', 'scale 3']);
    expect(after.outputs['squares']?.digest).toBe(before.outputs['squares']?.digest);
  });

  it('cannot be read without being declared', async () => {
    const ran = await rig.run(graphOf(labelled([0, 1], true)));
    expect(ran.failure('squares')?.headline).toContain(
      'square reads the field label of items on its port data without declaring it',
    );
  });
});

it('pairs the k-th occurrence of an item with the k-th on every port', async () => {
  const [data, scale] = scaling(rig, [6, 6]) as [StepSpec, StepSpec];
  const again = {
    ...scale,
    name: 'again',
    with: { ...scale.with, factor: 1 },
    from: { data: 'data', extra: 'scaled' },
  };
  const graph = graphOf([{ ...data, with: { ...data.with, labels: [1, 2] } }, scale, again]);
  const ran = await rig.run(graph);
  // equal rows, but each label is an item of its own
  expect(scaled(rig.executions())).toHaveLength(4);
  expect(((await rig.read(graph, ran, 'again')) as { value: number }[]).map(({ value }) => value)).toEqual([18, 18]);
});

it('shares items between the steps of one run', async () => {
  const steps = scaling(rig, [1, 2, 3, 4], { sleep: 20 });
  const more: StepSpec[] = [
    { ...(steps[0] as StepSpec), name: 'data2', with: { values: [3, 4, 5, 6], labels: [], log: rig.log } },
    { ...(steps[1] as StepSpec), name: 'scaled2', from: { data: 'data2' } },
  ];
  const ran = await rig.run(graphOf([...steps, ...more]));
  expect(ran).toMatchObject({ computed: 4, items_computed: 6 });
  expect(scaled(rig.executions())).toEqual([1, 2, 3, 4, 5, 6].map((value) => `scale ${value}`));
});

it('maps over the items of tables, each depending on its own item only', async () => {
  const chain = (values: readonly number[]): StepSpec[] => [
    ...scaling(rig, values),
    {
      use: 'scale',
      name: 'again',
      with: { factor: 10, log: rig.log, sleep: 0, die: '' },
      from: { data: 'scaled', extra: 'scaled' },
    },
  ];
  await rig.run(graphOf(chain([1, 2])));
  rig.executions();
  const graph = graphOf(chain([1, 2, 3]));
  const ran = await rig.run(graph);
  expect(scaled(rig.executions())).toEqual(['scale 3', 'scale 6']);
  expect(((await rig.read(graph, ran, 'again')) as { value: number }[]).map(({ value }) => value)).toEqual([
    22, 44, 66,
  ]);
});

it('reduces rows with collect', async () => {
  const graph = graphOf([
    ...scaling(rig, [4, 8, 5]).slice(0, 1),
    { use: 'largest', name: 'largest', with: { log: rig.log }, from: { data: 'data' } },
  ]);
  const ran = await rig.run(graph);
  expect(await rig.read(graph, ran, 'largest')).toEqual([{ total: 8 }]);
});

it('makes an empty table of no items', async () => {
  const graph = graphOf(scaling(rig, []));
  const ran = await rig.run(graph);
  expect(ran).toMatchObject({ computed: 2, failed: 0, items_computed: 0 });
  expect(await rig.read(graph, ran, 'scaled')).toEqual([]);
});

it('keeps finished items when a later one fails or kills its worker', async () => {
  const values = Array.from({ length: 12 }, (_, i) => i + 1);
  for (const die of ['throw at 9', 'at 9']) {
    const other = new Rig(fixtures);
    try {
      const steps = scaling(other, values, { die });
      const ran = await other.run(graphOf(steps), { jobs: 1 });
      expect(ran.failed).toBe(1);
      expect(ran.failure('scaled')?.headline).toMatch(die === 'at 9' ? /died \(signal SIGKILL\)/ : /cannot scale 9/);
      const done = scaled(other.executions()).length;
      expect(done).toBe(8);
      expect(ran.items_computed).toBe(8);
      const again = await other.run(graphOf(steps), { jobs: 1 });
      expect(again.items_computed).toBe(0);
    } finally {
      await other.close();
    }
  }
});

it('computes all items of a forced step', async () => {
  const graph = graphOf(scaling(rig, [1, 2, 2]));
  await rig.run(graph);
  rig.executions();
  expect(await rig.run(graph, { force: ['scaled'] })).toMatchObject({ computed: 1, cached: 1, items_computed: 2 });
  expect(rig.executions()).toEqual(['scale 1', 'scale 2']);
});

it('refuses rows that do not fit the kind, saying where', async () => {
  const ran = await rig.run(graphOf(scaling(rig, [1], { die: 'nan' })));
  expect(ran.failure('scaled')).toMatchObject({
    reason: 'bad-row',
    values: { node: 'scale', row: 0, column: 'value' },
  });
});
