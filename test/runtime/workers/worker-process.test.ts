// Whatever a node does in its worker, only one step fails, with its reason, and the run continues.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Key } from '../../../src/runtime/contracts/artifact.ts';
import { Deadline } from '../../../src/runtime/workers/deadline.ts';
import { WorkerPool } from '../../../src/runtime/workers/worker-pool.ts';
import { buildFixtures, graphOf, removeFixtures, Rig } from '../engine/engine-rig.ts';

let fixtures: ReturnType<typeof buildFixtures>;
let rig: Rig;
beforeAll(() => void (fixtures = buildFixtures()));
afterAll(removeFixtures);
beforeEach(() => void (rig = new Rig(fixtures)));
afterEach(() => rig.close());

const acting = (how: string, timeout?: number) =>
  graphOf([{ use: 'act', name: how, with: { how, log: rig.log }, ...(timeout === undefined ? {} : { timeout }) }]);

it('survives every way in which a worker can end, and reports which it was', async () => {
  const hows = ['throw', 'fail', 'exit', 'kill', 'fine'];
  const graph = graphOf(hows.map((how) => ({ use: 'act', name: how, with: { how, log: rig.log } })));
  const ran = await rig.run(graph, { keepGoing: true });
  expect(ran).toMatchObject({ computed: 1, failed: 4 });
  expect(ran.failure('throw')).toMatchObject({ reason: 'node-threw', headline: 'act failed: as asked' });
  expect(ran.failure('fail')).toEqual({
    reason: 'as-asked',
    headline: 'a failure of the catalogue',
    values: { where: 'here' },
    step: 'fail',
  });
  expect(ran.failure('exit')).toMatchObject({
    reason: 'worker-died',
    headline: expect.stringContaining('exit code 7'),
    values: { 'last lines': expect.stringContaining('last words') },
  });
  expect(ran.failure('kill')).toMatchObject({
    reason: 'worker-died',
    headline: expect.stringContaining('SIGKILL'),
    help: expect.stringMatching(/memory runs out.*--memory.*--jobs/),
  });
});

it('stops a node that never ends', async () => {
  for (const how of ['loop', 'hang']) {
    const ran = await rig.run(acting(how, 0.4));
    expect(ran.failure(how)).toMatchObject({ reason: 'timeout', values: { node: 'act', 'timeout (s)': 0.4 } });
  }
});

it('recognises a worker that ran out of memory', async () => {
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = '--max-old-space-size=48';
  try {
    const ran = await rig.run(acting('memory'));
    expect(ran.failure('memory')).toMatchObject({
      reason: 'out-of-memory',
      help: expect.stringMatching(/--memory.*--jobs/),
    });
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
  }
});

it('refuses outputs that are not what the node declares', async () => {
  const [ofOutput, ofRow] = [
    ['kind', 'nothing', 'more', 'nan value'],
    ['nan cell', 'column', 'no column', 'type'],
  ];
  const hows = [...ofOutput, ...ofRow];
  const ran = await rig.run(graphOf(hows.map((how) => ({ use: 'act', name: how, with: { how, log: rig.log } }))), {
    keepGoing: true,
  });
  expect(ran.failed).toBe(hows.length);
  for (const how of ofOutput)
    expect(ran.failure(how), how).toMatchObject({ reason: 'bad-output', values: { node: 'act' } });
  for (const how of ofRow) expect(ran.failure(how), how).toMatchObject({ reason: 'bad-row', values: { node: 'act' } });
  expect(ran.failure('nan cell')?.values).toMatchObject({ row: 1, column: 'total' });
});

it('resumes from a checkpoint, and drops it with the result', async () => {
  const graph = acting('resume');
  expect((await rig.run(graph)).failed).toBe(1);
  const ran = await rig.run(graph);
  expect(ran.computed).toBe(1);
  expect(await rig.read(graph, ran, 'resume')).toBe('half-way'.length);
  expect([...(await rig.store()).docs('checkpoints')]).toEqual([]);
});

it('gives a node its key as seed', async () => {
  const graph = acting('seed');
  const first = await rig.run(graph);
  const again = await rig.run(graph, { force: ['seed'] });
  expect(again.outputs).toEqual(first.outputs);
});

it('aborts running tasks on request, and keeps finished results', async () => {
  const abort = new AbortController();
  const graph = graphOf([
    { use: 'act', name: 'fine', with: { how: 'fine', log: rig.log } },
    { use: 'act', name: 'hang', with: { how: 'hang', log: rig.log } },
    { use: 'act', name: 'after', with: { how: 'fine', log: rig.log }, from: { number: 'hang' } },
  ]);
  const onEvent = (event: { event: string }): void => {
    if (event.event === 'step-finished') abort.abort();
  };
  const ran = await rig.run(graph, { signal: abort.signal, onEvent });
  expect(ran).toMatchObject({ computed: 1, failed: 0, skipped: 2, interrupted: true });
  expect(await rig.run(graphOf([{ use: 'act', name: 'fine', with: { how: 'fine', log: rig.log } }]))).toMatchObject({
    cached: 1,
  });
});

it('records the backend that the workers report', async () => {
  const ran = await rig.run(acting('fine'), { backend: 'abacus' });
  const store = await rig.store();
  const results = [...store.contents.results()].map(({ record }) => record?.environment.backend);
  expect(ran.computed).toBe(1);
  expect(results).toEqual(['abacus']);
});

it('reports code that never loads as such, whatever the timeout of the step', async () => {
  const store = await rig.store();
  const pool = new WorkerPool({
    module: fixtures.worker,
    store: store.folder,
    environment: process.env,
    size: 1,
    loadingSeconds: 0.5,
  });
  try {
    const task = { kind: 'step', key: 'a'.repeat(64) as Key, step: 's', node: 'never-loads' } as const;
    const hooks = { progress: () => undefined, warn: () => undefined, item: () => undefined };
    const deadline = new Deadline(5);
    const outcome = await pool.run({ ...task, params: {}, files: {}, inputs: {} }, hooks, { deadline });
    expect(outcome).toMatchObject({
      status: 'failed',
      failure: { reason: 'loading-timeout', values: { node: 'never-loads', 'limit (s)': 0.5 }, step: 's' },
    });
  } finally {
    await pool.close();
  }
});
