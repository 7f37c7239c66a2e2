// The contract of executors, as tests for every implementation. The nodes are those of test/runtime/engine/fixtures/.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Digest, Key } from '../../../src/runtime/contracts/artifact.ts';
import { openArtifact } from '../../../src/runtime/store/artifact-io.ts';
import type { Store } from '../../../src/runtime/store/store.ts';
import { Deadline } from '../../../src/runtime/workers/deadline.ts';
import type { Executor, TaskOptions } from '../../../src/runtime/workers/executor.ts';
import type { StepTask, TaskHooks, TaskOutcome } from '../../../src/runtime/workers/task.ts';
import { buildFixtures, removeFixtures, Rig } from '../engine/engine-rig.ts';

export interface ExecutorCase {
  readonly name: string;
  /**
   * Opens an executor with at least two concurrent tasks. `worker` is the path of the program that serves tasks of the
   * fixtures.
   */
  readonly open: (store: Store, worker: string) => Executor;
  /** True if tasks run in separate processes, which may die or block, and whose memory is measured. */
  readonly separate: boolean;
}

const GONE = 'd'.repeat(64) as Digest;
const KEY = 'a'.repeat(64) as Key;
const MIB = 2 ** 20;

const acting = (how: string, more: Partial<StepTask> = {}): StepTask => ({
  kind: 'step',
  key: KEY,
  step: `step ${how}`,
  node: 'act',
  params: { how, log: '' },
  files: {},
  inputs: {},
  ...more,
});

export function executorContract({ name, open, separate }: ExecutorCase): void {
  describe(`${name} as an executor`, () => {
    let fixtures: ReturnType<typeof buildFixtures>;
    let rig: Rig;
    let store: Store;
    let executor: Executor;
    beforeAll(() => void (fixtures = buildFixtures()));
    afterAll(removeFixtures);
    beforeEach(async () => {
      rig = new Rig(fixtures);
      store = await rig.store();
      executor = open(store, fixtures.worker);
    });
    afterEach(async () => {
      executor.abort();
      await executor.close();
      await rig.close();
    });

    const run = (task: StepTask, options: TaskOptions = {}, hooks: Partial<TaskHooks> = {}): Promise<TaskOutcome> =>
      executor.run(
        task,
        { progress: () => undefined, warn: () => undefined, item: () => undefined, ...hooks },
        options,
      );
    const valueOf = async (outcome: TaskOutcome): Promise<unknown> => {
      if (outcome.status !== 'done') throw new Error(JSON.stringify(outcome));
      return openArtifact(store, outcome.outputs['sum'] ?? { kind: '', digest: GONE }).value();
    };
    const expectService = async (): Promise<void> => expect(await valueOf(await run(acting('fine')))).toBe(1);

    it('carries out a task, and reports once where', async () => {
      const places: string[] = [];
      expect(await valueOf(await run(acting('fine'), {}, { started: (place) => places.push(place) }))).toBe(1);
      expect(places).toEqual([expect.stringMatching(/\S/)]);
    });

    it('returns the failure of a node as an outcome, and continues', async () => {
      expect(await run(acting('throw'))).toMatchObject({
        status: 'failed',
        failure: { reason: 'node-threw', step: 'step throw' },
      });
      await expectService();
    });

    it('stops a node at its deadline, with the same failure everywhere, and continues', async () => {
      const outcome = await run(acting('hang'), { deadline: new Deadline(0.2) });
      expect(outcome).toEqual({
        status: 'failed',
        failure: {
          reason: 'timeout',
          data: { node: 'act', seconds: 0.2 },
          headline: 'act was stopped after 0.2 s',
          values: { node: 'act', 'timeout (s)': 0.2 },
          help: expect.stringContaining('`timeout:`'),
          step: 'step hang',
        },
      });
      await expectService();
    });

    it('shares a deadline among the tasks of a step', async () => {
      const deadline = new Deadline(0.6);
      expect((await run(acting('sleep 1'), { deadline })).status).toBe('done');
      await sleep(500);
      // with a separate deadline, the task would be fast enough
      expect(await run(acting('sleep 500'), { deadline })).toMatchObject({ failure: { reason: 'timeout' } });
    });

    it('starts a deadline with the first task', async () => {
      const deadline = new Deadline(0.5);
      await sleep(600);
      expect((await run(acting('sleep 1'), { deadline })).status).toBe('done');
    });

    it('aborts all tasks on request, and accepts no more', async () => {
      let began: () => void = () => undefined;
      const started = new Promise<void>((resolve) => (began = resolve));
      const running = [run(acting('hang'), {}, { started: () => began() }), run(acting('hang')), run(acting('hang'))];
      await started;
      executor.abort();
      expect(await Promise.all(running)).toEqual(running.map(() => ({ status: 'aborted' })));
      expect(await run(acting('fine'))).toEqual({ status: 'aborted' });
    });

    it('names the blobs that a task misses', async () => {
      const inputs = { number: { kind: 'number', digest: GONE, axes: {} } };
      expect(await run(acting('fine', { inputs }))).toEqual({ status: 'lost', digests: [GONE] });
    });

    it("keeps a node's own failure after a miss that the node handled", async () => {
      const inputs = { number: { kind: 'number', digest: GONE, axes: {} } };
      expect(await run(acting('handled miss', { inputs }))).toMatchObject({
        status: 'failed',
        failure: { reason: 'node-threw', headline: 'act failed: diverged' },
      });
    });

    it('lets a node continue without a lost checkpoint', async () => {
      await store.setDoc('checkpoints', KEY, { digest: 'e'.repeat(64) });
      expect(await run(acting('lost checkpoint'))).toMatchObject({
        status: 'failed',
        failure: { headline: 'act failed: diverged' },
      });
      // A checkpoint is not an output of a step: only the input has a step that can compute it again.
      const inputs = { number: { kind: 'number', digest: GONE, axes: {} } };
      expect(await run(acting('lost checkpoint', { inputs }))).toEqual({ status: 'lost', digests: [GONE] });
    });

    it('passes the memory bound to the node', async () => {
      expect(await valueOf(await run(acting('memory left', { memory: 7 * MIB })))).toBe(7 * MIB);
    });

    it.runIf(separate)('reports the memory of the process', async () => {
      let peak = 0;
      await run(acting('hold'), {}, { memory: (bytes) => (peak = bytes) });
      expect(peak).toBeGreaterThan(160 * MIB);
    });

    it.runIf(separate)('survives a process that dies, and says how it died', async () => {
      for (const [how, ended] of [
        ['exit', 'exit code 7'],
        ['kill', 'signal SIGKILL'],
      ] as const) {
        expect(await run(acting(how))).toMatchObject({
          status: 'failed',
          failure: { reason: 'worker-died', values: { ended }, step: `step ${how}` },
        });
        await expectService();
      }
    });

    it.runIf(separate)('stops a node that blocks its thread', async () => {
      expect(await run(acting('loop'), { deadline: new Deadline(0.2) })).toMatchObject({
        failure: { reason: 'timeout' },
      });
      await expectService();
    });
  });
}
