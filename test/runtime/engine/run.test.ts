// Which steps are computed: second runs, changed parameters, unchanged outputs, items, force, targets, failures,
// read-only caches.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runGraph } from '../../../src/runtime/engine/run.ts';
import { buildFixtures, graphOf, removeFixtures, Rig, scaling } from './engine-rig.ts';
import type { StepSpec } from './engine-rig.ts';

let fixtures: ReturnType<typeof buildFixtures>;
let rig: Rig;
beforeAll(() => void (fixtures = buildFixtures()));
afterAll(removeFixtures);
beforeEach(() => void (rig = new Rig(fixtures)));
afterEach(() => rig.close());

const add = (name: string, value: number, terms: readonly string[] = [], use = 'add'): StepSpec => ({
  use,
  name,
  with: { value, log: rig.log, name },
  ...(terms.length ? { from: { terms } } : {}),
});

describe('whole steps', () => {
  it('runs a graph, and the second time nothing', async () => {
    const graph = graphOf([add('a', 1), add('b', 2), add('c', 3, ['a', 'b']), add('d', 4, ['c'], 'add-in-worker')]);
    const first = await rig.run(graph);
    expect(first).toMatchObject({ computed: 4, cached: 0, failed: 0, skipped: 0, failures: [], interrupted: false });
    expect(await rig.read(graph, first, 'd')).toBe(10);
    expect(rig.executions()).toEqual(['a', 'b', 'c', 'd']);
    const second = await rig.run(graph);
    expect(second).toMatchObject({ computed: 0, cached: 4, outputs: first.outputs });
    expect(second.events.filter((event) => event.event === 'step-started')).toEqual([]);
    expect(rig.executions()).toEqual([]);
  });

  it('runs a changed step and what depends on it, and stops where outputs are equal', async () => {
    const steps = (a: number, b: number): StepSpec[] => [
      add('a', a),
      add('b', b),
      add('sum', 0, ['a', 'b']),
      add('last', 5, ['sum']),
    ];
    await rig.run(graphOf(steps(1, 2)));
    rig.executions();
    const changed = await rig.run(graphOf(steps(1, 3)));
    expect(rig.executions()).toEqual(['b', 'last', 'sum']);
    expect(changed.events.find((event) => event.event === 'step-started' && event.step === 'b')).toMatchObject({
      reason: 'param /value: 2 -> 3',
    });
    // 2 + 2 = 1 + 3: steps after the sum are not computed
    const equal = await rig.run(graphOf(steps(2, 2)));
    expect(rig.executions()).toEqual(['a', 'sum']);
    expect(equal).toMatchObject({ computed: 2, cached: 2 });
    expect(equal.events.find((event) => event.event === 'step-finished' && event.step === 'sum')).toMatchObject({
      unchanged: true,
    });
  });

  it('computes equal actions of one run once', async () => {
    const graph = graphOf([
      ...['a', 'b', 'c'].map((name): StepSpec => ({ ...add(name, 1), with: { value: 1, log: rig.log, name: 'same' } })),
      add('sum', 0, ['a', 'b', 'c']),
    ]);
    const ran = await rig.run(graph);
    expect(rig.executions()).toEqual(['same', 'sum']);
    expect(ran).toMatchObject({ computed: 2, cached: 2 });
    expect(await rig.read(graph, ran, 'sum')).toBe(3);
  });

  it('runs only what the targets need', async () => {
    const graph = graphOf([add('a', 1), add('b', 2, ['a']), add('c', 3)]);
    const ran = await rig.run(graph, { targets: ['b'] });
    expect(rig.executions()).toEqual(['a', 'b']);
    expect(Object.keys(ran.outputs)).toEqual(['b']);
    const wrong = await runGraph(graph, await rig.store(), {
      targets: ['bb', 'zz'],
      executors: await rig.executors(),
      onEvent: () => undefined,
    });
    expect(wrong.ok ? [] : wrong.failures.map((failure) => failure.reason)).toEqual(['unknown-step', 'unknown-step']);
  });

  it('computes forced steps, by base name', async () => {
    const graph = graphOf([add('a[x=1]', 1), add('a[x=2]', 2), add('sum', 0, ['a[x=1]', 'a[x=2]'])]);
    await rig.run(graph);
    rig.executions();
    const forced = await rig.run(graph, { force: ['a'] });
    expect(rig.executions()).toEqual(['a[x=1]', 'a[x=2]']);
    expect(forced).toMatchObject({ computed: 2, cached: 1 });
  });

  it('puts numerics into the keys', async () => {
    const specs = [add('a', 1)];
    await rig.run(graphOf(specs));
    await rig.run(graphOf(specs, { numerics: { backend: 'wasm' } }));
    expect(rig.executions()).toEqual(['a', 'a']);
  });

  it('gives the same digests in whatever order ready steps start', async () => {
    const specs = (): StepSpec[] =>
      Array.from({ length: 24 }, (_, i) =>
        add(
          `s${i}`,
          i,
          Array.from({ length: i }, (__, j) => `s${j}`).filter((_name, j) => (i * 7 + j * 3) % 5 === 0),
        ),
      );
    const outputs: unknown[] = [];
    for (const seed of [1, 2, 3, 4]) {
      const other = new Rig(fixtures);
      try {
        let state = seed;
        const pick = (count: number): number => (state = (state * 48271) % 2147483647) % count;
        outputs.push((await other.run(graphOf(specs()), { pick })).outputs);
      } finally {
        await other.close();
      }
    }
    expect(new Set(outputs.map((one) => JSON.stringify(one))).size).toBe(1);
  });

  it('gives every step outputs under its own name, with the path of tables', async () => {
    const graph = graphOf([
      ...scaling(rig, [1, 2]),
      { use: 'total', name: 'total', with: { log: '' }, from: { values: 'scaled' } },
    ]);
    const ran = await rig.run(graph);
    expect(ran.outputs['data']).toMatchObject({ path: null });
    expect(ran.outputs['total']?.path).toMatch(/blobs/);
    expect(await rig.read(graph, ran, 'total')).toEqual([{ total: 6 }]);
  });
});

describe('failures of steps', () => {
  const failing = (): StepSpec[] => [
    { use: 'act', name: 'bad', with: { how: 'throw', log: rig.log } },
    { use: 'act', name: 'after', with: { how: 'fine', log: rig.log }, from: { number: 'bad' } },
    add('other', 1),
    add('more', 1, ['other'], 'add-in-worker'),
  ];

  it('stops at the first failure and skips what depends on it', async () => {
    const ran = await rig.run(graphOf(failing()), { jobs: 1 });
    expect(ran).toMatchObject({ failed: 1 });
    expect(ran.failure('bad')).toMatchObject({ reason: 'node-threw', headline: 'act failed: as asked', step: 'bad' });
    expect(ran.events.find((event) => event.event === 'step-finished' && event.step === 'after')).toMatchObject({
      status: 'skipped',
      seconds: 0,
    });
    expect(ran.events).not.toContainEqual(expect.objectContaining({ event: 'step-started', step: 'more' }));
    expect(ran.failures).toHaveLength(1);
  });

  it('goes on with the rest where asked', async () => {
    const ran = await rig.run(graphOf(failing()), { keepGoing: true });
    expect(ran).toMatchObject({ computed: 2, failed: 1, skipped: 1 });
    expect(rig.executions()).toEqual(['act throw', 'more', 'other']);
  });

  it('cannot run in a cache that is read-only, but uses what is in it', async () => {
    await rig.run(graphOf([add('a', 1)]));
    await rig.closeStore();
    const locked = lock(rig.cache);
    if (!locked) return;
    try {
      const ran = await rig.run(graphOf([add('a', 1), add('b', 2)]), { keepGoing: true });
      expect(ran).toMatchObject({ cached: 1, failed: 1 });
      expect(ran.failure('b')).toMatchObject({ reason: 'step-needs-writable-cache' });
    } finally {
      await rig.closeStore();
      locked();
    }
  });
});

/** Makes a folder read-only, even for root; returns a function that undoes it. */
function lock(folder: string): (() => void) | undefined {
  if (process.getuid?.() !== 0) {
    chmodSync(join(folder, 'data.mdb'), 0o444);
    chmodSync(folder, 0o555);
    return () => chmodSync(folder, 0o755);
  }
  const command = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0"';
  const { status, stderr } = spawnSync('sh', ['-c', command, folder], { encoding: 'utf8' });
  if (status === 0) return () => void spawnSync('umount', ['-l', folder]);
  // printed, because root can write everywhere, so this is not checked here
  console.log(`not checked, for no folder can be made read-only here: ${stderr}`);
  return undefined;
}

describe('files named in params', () => {
  const reading = (touch = false): StepSpec[] => [
    {
      use: 'read-file',
      name: 'read',
      with: { file: 'in.txt', log: rig.log, touch },
      files: [{ pointer: '/file', path: join(rig.folder, 'in.txt') }],
    },
    add('after', 1, ['read']),
  ];

  it('are known by their content', async () => {
    const path = join(rig.folder, 'in.txt');
    mkdirSync(rig.folder, { recursive: true });
    writeFileSync(path, 'one');
    await rig.run(graphOf(reading()));
    expect(rig.executions()).toEqual(['after', 'read-file']);
    writeFileSync(path, 'one');
    expect(await rig.run(graphOf(reading()))).toMatchObject({ computed: 0 });
    writeFileSync(path, 'two');
    const edited = await rig.run(graphOf(reading()));
    expect(rig.executions()).toEqual(['read-file']); // the same length as before, so steps downstream are not computed
    const started = edited.events.find((event) => event.event === 'step-started');
    expect(started).toMatchObject({
      step: 'read',
      reason: expect.stringMatching(/^file .*in\.txt: [0-9a-f]{12} -> [0-9a-f]{12}$/),
    });
  });

  it('fail the step if they change while it runs', async () => {
    writeFileSync(join(rig.folder, 'in.txt'), 'one');
    const ran = await rig.run(graphOf(reading(true)));
    expect(ran.failure('read')).toMatchObject({ reason: 'file-changed', values: { file: join(rig.folder, 'in.txt') } });
    expect(ran).toMatchObject({ failed: 1, skipped: 1 });
  });

  it('are a mistake of the user if they are missing', async () => {
    const ran = await runGraph(graphOf(reading()), await rig.store(), {
      executors: await rig.executors(),
      onEvent: () => undefined,
    });
    expect(ran.ok).toBe(false);
  });
});

describe('records', () => {
  it('keeps one document per run', async () => {
    const graph = graphOf([add('a', 1)], { params: { images: 3 } });
    const first = await rig.run(graph);
    await rig.run(graph);
    const records = [
      ...(await rig.store()).docs<{ id: string; computed: number; cached: number; params: unknown }>('runs', {
        reverse: true,
      }),
    ].map(({ value }) => value);
    expect(records).toMatchObject([
      { computed: 0, cached: 1 },
      { id: first.run, computed: 1, cached: 0, params: { images: 3 } },
    ]);
  });
});
