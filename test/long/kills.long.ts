// Kills whole runs at random moments, many times, sometimes two at the same time, and compares the final results with
// those of an undisturbed run.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LetheEvent, RunFinished } from '../../src/runtime/contracts/events.ts';
import { verifyStore } from '../../src/runtime/store/verify.ts';
import { buildFixtures, graphOf, removeFixtures, Rig, scaling } from '../runtime/engine/engine-rig.ts';
import type { StepSpec } from '../runtime/engine/engine-rig.ts';

const ROUNDS = 120;
let fixtures: ReturnType<typeof buildFixtures>;
beforeAll(() => void (fixtures = buildFixtures()));
afterAll(removeFixtures);

/** Linear congruential generator: the moments differ between rounds, but not between executions of the test. */
let state = 20_241;
const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;

function steps(rig: Rig, round: number): readonly StepSpec[] {
  const values = Array.from({ length: 40 }, (_, i) => i + round);
  const adds = Array.from({ length: 30 }, (_, i): StepSpec => ({
    use: i % 10 === 0 ? 'add-in-worker' : 'add',
    name: `a${i}`,
    with: { value: i, log: rig.log, name: `a${i}` },
    from: { terms: i === 0 ? ['total.number'] : [`a${i - 1}`, `a${Math.floor(i / 2)}`] },
  }));
  return [
    ...scaling(rig, values, { sleep: 4 }),
    { use: 'total', name: 'total', with: { log: rig.log }, from: { values: 'scaled' } },
    ...adds,
  ];
}

const finishedOf = (events: readonly LetheEvent[]): RunFinished =>
  events.find((event) => event.event === 'run-finished') as RunFinished;

it('never loses nor corrupts anything, whenever it is killed', async () => {
  const rig = new Rig(fixtures);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const graph = graphOf(steps(rig, round % 7));
      const runs = Array.from({ length: round % 3 === 0 ? 2 : 1 }, () => rig.spawn(graph));
      await sleep(100 + random() * 900);
      for (const { child } of runs) if (random() < 0.9) child.kill('SIGKILL');
      await Promise.all(runs.map(({ finished }) => finished));
    }
    for (let round = 0; round < 7; round++) {
      const graph = graphOf(steps(rig, round));
      const { code, events } = await rig.spawn(graph).finished;
      expect(code).toBe(0);
      const other = new Rig(fixtures);
      try {
        // The path of the log is a parameter, so the other run must use the same one to have equal keys and digests.
        const undisturbed = await other.run(graph);
        const digests = (finished: RunFinished): unknown =>
          Object.entries(finished.outputs).map(([name, { digest }]) => [name, digest]);
        expect(digests(finishedOf(events))).toEqual(digests(undisturbed));
      } finally {
        await other.close();
      }
      expect(finishedOf((await rig.spawn(graph).finished).events)).toMatchObject({ computed: 0, items_computed: 0 });
    }
    const verified = await verifyStore(await rig.store());
    expect(verified).toMatchObject({ damaged: [], missing: [] });
  } finally {
    await rig.close();
  }
});
