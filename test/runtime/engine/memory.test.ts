// The cost of steps is measured and recorded, used for estimates, and bounded by `memory`.
import { availableParallelism } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PlannedStep } from '../../../src/runtime/engine/planned-step.ts';
import { planGraph } from '../../../src/runtime/engine/plan.ts';
import { readRates } from '../../../src/runtime/engine/rates.ts';
import type { RunRecord } from '../../../src/runtime/engine/run-record.ts';
import { runGraph } from '../../../src/runtime/engine/run.ts';
import type { LetheEvent } from '../../../src/runtime/contracts/events.ts';
import type { Graph } from '../../../src/runtime/contracts/graph.ts';
import type { ResultRecord } from '../../../src/runtime/store/store.ts';
import { buildFixtures, graphOf, removeFixtures, Rig, scaling } from './engine-rig.ts';

const MIB = 2 ** 20;

let fixtures: ReturnType<typeof buildFixtures>;
let rig: Rig;
beforeAll(() => void (fixtures = buildFixtures()));
afterAll(removeFixtures);
beforeEach(() => void (rig = new Rig(fixtures)));
afterEach(() => rig.close());

const act = (how: string, name = how) => ({ use: 'act', name, with: { how, log: rig.log } });

async function costOf(node: string): Promise<ResultRecord['cost']> {
  const results = [...(await rig.store()).contents.results()].map(({ record }) => record);
  return results.find((record) => record?.action.node === node && record.cost !== undefined)?.cost;
}

async function planned(graph: Graph, step: string, force: readonly string[] = []): Promise<PlannedStep> {
  const plan = await planGraph(graph, await rig.store(), { expect: true, force });
  if (!plan.ok) throw new Error(JSON.stringify(plan.failures));
  return plan.value.steps.find((one) => one.step.name === step) as PlannedStep;
}

describe('the cost of a step', () => {
  it('counts memory that is held only while the thread of the node is busy', async () => {
    const ran = await rig.run(graphOf([act('fine'), act('hold')]), { jobs: 1 });
    const peak = (step: string): number =>
      ran.events.flatMap((event) =>
        event.event === 'step-finished' && event.step === step ? [event.memory_bytes] : [],
      )[0] ?? 0;
    expect(peak('hold')).toBeGreaterThan(160 * MIB);
    expect(peak('fine')).toBeGreaterThan(20 * MIB);
    expect(peak('fine')).toBeLessThan(160 * MIB);
    const [run] = [...(await rig.store()).docs<RunRecord>('runs')];
    expect(run?.value.memory_bytes).toBe(peak('hold'));
  });

  it('does not include the peak of an earlier step in the same process', async () => {
    const graph = graphOf([act('hold'), { ...act('fine'), from: { number: 'hold' } }]);
    const ran = await rig.run(graph, { jobs: 1 });
    const peaks = ran.events.flatMap((event) => (event.event === 'step-finished' ? [event.memory_bytes ?? 0] : []));
    expect(peaks).toHaveLength(2);
    expect(peaks[0]! - peaks[1]!).toBeGreaterThan(100 * MIB);
  });

  it('is the time at work on the items that were computed', async () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8];
    await rig.run(graphOf(scaling(rig, values, { sleep: 40 })), { jobs: 2 });
    const cost = await costOf('scale');
    expect(cost).toMatchObject({ items: { computed: 8, all: 8 }, jobs: 2, memory: expect.any(Number) });
    // With two workers, the cost is the work on all items, not the time on the clock.
    expect(cost?.seconds).toBeGreaterThan(8 * 0.04 * 0.9);
  });

  it('is not recorded for the main process, whose memory does not belong to one step', async () => {
    await rig.run(graphOf(scaling(rig, [1, 2])));
    expect(await costOf('make-data')).toEqual({ seconds: expect.any(Number), jobs: 2 });
  });
});

describe('the estimate of a plan', () => {
  const scaled = (values: readonly number[], more = {}) => graphOf(scaling(rig, values, { sleep: 20, ...more }));

  it('uses the step itself, in proportion to the missing items', async () => {
    await rig.run(scaled([1, 2, 3, 4]));
    const cost = await costOf('scale');
    const forced = await planned(scaled([1, 2, 3, 4]), 'scaled', ['scaled']);
    expect(forced.expected).toMatchObject({ from: 'step', items: { count: 4, known: true }, memory: cost?.memory });
    expect(forced.expected?.seconds).toBeCloseTo(cost?.seconds ?? 0, 9);
    const other = await planned(scaled([1, 2, 3, 4], { factor: 3 }), 'scaled');
    expect(other.expected).toMatchObject({ from: 'step', items: { count: 4, known: true } });
    const waiting = await planned(scaled([1, 2, 3, 4, 5]), 'scaled');
    expect(waiting).toMatchObject({ status: 'unknown', expected: { from: 'step', items: { count: 4, known: false } } });
  });

  it('uses steps with equal parameters, else of the node type, else is absent', async () => {
    await rig.run(scaled([1, 2, 3, 4]));
    const elsewhere = (more: object): Graph => ({ ...scaled([7, 8], more), pipeline: 'another' });
    expect((await planned(elsewhere({}), 'scaled')).expected?.from).toBe('params');
    expect((await planned(elsewhere({ factor: 5 }), 'scaled')).expected?.from).toBe('node');
    expect((await planned({ ...graphOf([act('fine')]), pipeline: 'third' }, 'fine')).expected).toBeUndefined();
  });

  it('is not misled by runs that computed nothing of the step', async () => {
    await rig.run(scaled([1, 2, 3, 4]));
    const [before] = readRates(await rig.store(), 'scale');
    // fewer items: all are cached, and are only collected again
    await rig.run(scaled([1, 2]));
    expect(readRates(await rig.store(), 'scale')).toEqual([before]);
    const forced = await planned(scaled([1, 2]), 'scaled', ['scaled']);
    expect(forced.expected).toMatchObject({ from: 'params', items: { count: 2 } });
  });

  it('knows nothing of results without a cost, as older versions recorded them', async () => {
    const graph = scaled([1, 2]);
    await rig.run(graph);
    const store = await rig.store();
    for (const { key, record } of [...store.contents.results()]) {
      if (!record) continue;
      const { cost, ...old } = record;
      if (cost) await store.record(key, old);
    }
    for (const { id } of [...store.docs('rates')]) await store.removeDoc('rates', id);
    const plan = await planned(graph, 'scaled', ['scaled']);
    expect(plan).toMatchObject({ status: 'will-run', itemsMissing: 2 });
    expect(plan.expected).toBeUndefined();
    expect(await rig.run(graph)).toMatchObject({ computed: 0, cached: 2 });
  });

  it('writes no rates where nothing ran', async () => {
    const graph = scaled([1, 2]);
    await rig.run(graph);
    const store = await rig.store();
    for (const { id } of [...store.docs('rates')]) await store.removeDoc('rates', id);
    await rig.run(graph);
    expect([...store.docs('rates')]).toEqual([]);
  });
});

describe('a bound on memory', () => {
  const bounded = (megabytes: number, more: object = {}) => ({ memory: megabytes * MIB, backend: 'wasm', ...more });

  it('is passed to nodes, without changing their keys', async () => {
    const graph = graphOf([act('memory left')]);
    const free = await rig.run(graph);
    expect(await rig.read(graph, free, 'memory left')).toBe(-1);
    expect(await rig.run(graph, bounded(2048))).toMatchObject({ computed: 0, cached: 1 });
    const forced = await rig.run(graph, bounded(2048, { force: ['memory left'], jobs: 2 }));
    expect(await rig.read(graph, forced, 'memory left')).toBe((1024 - 128) * MIB);
    const { value } = [...(await rig.store()).docs<RunRecord>('runs', { reverse: true, limit: 1 })][0]!;
    expect(value.memory_limit_bytes).toBe(2048 * MIB);
  });

  it('starts fewer workers, and says so once', async () => {
    const graph = graphOf([act('pid', 'a'), act('pid', 'b'), act('pid', 'c')]);
    const ran = await rig.run(graph, bounded(350, { jobs: 3 }));
    const warnings = ran.events.filter(
      (event): event is Extract<LetheEvent, { event: 'warning' }> => event.event === 'warning',
    );
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('1 of 3 worker processes')]);
    const pids = await Promise.all(['a', 'b', 'c'].map((step) => rig.read(graph, ran, step)));
    expect(new Set(pids).size).toBe(1);
  });

  it('does not change the number of threads of a worker, on which sums depend', async () => {
    const graph = graphOf([act('threads')]);
    const threads = async (options: object): Promise<unknown> =>
      rig.read(graph, await rig.run(graph, { force: ['threads'], ...options }), 'threads');
    const cores = availableParallelism();
    expect(await threads({ jobs: cores })).toBe(1);
    expect(await threads(bounded(350, { jobs: cores }))).toBe(1);
    expect(await threads(bounded(350, { jobs: 1 }))).toBe(cores);
  });

  it('warns of a step that takes clearly more than its share', async () => {
    const ran = await rig.run(graphOf([act('hold')]), bounded(130, { jobs: 1 }));
    const warnings = ran.events.filter((event) => event.event === 'warning');
    expect(warnings).toMatchObject([{ step: 'hold', message: expect.stringMatching(/share of --memory.*--jobs/) }]);
    expect(ran.computed).toBe(1);
  });

  it('replaces a worker that keeps more than its share', async () => {
    const steps = [act('keep'), { ...act('pid'), from: { number: 'keep' } }];
    const graph = graphOf(steps);
    const pids = async (options: object): Promise<unknown[]> => {
      const ran = await rig.run(graph, { jobs: 1, force: ['keep', 'pid'], ...options });
      return Promise.all(['keep', 'pid'].map((step) => rig.read(graph, ran, step)));
    };
    const [kept, next] = await pids(bounded(140));
    expect(next).not.toBe(kept);
    const [warm, same] = await pids(bounded(4096));
    expect(same).toBe(warm);
  });

  it('too small for one worker is rejected before anything runs', async () => {
    const ran = await runGraph(graphOf([act('fine')]), await rig.store(), {
      executors: await rig.executors(),
      memory: 10 * MIB,
      onEvent: () => undefined,
    });
    expect(ran).toMatchObject({ ok: false, failures: [{ reason: 'too-little-memory' }] });
    expect(rig.executions()).toEqual([]);
  });
});
