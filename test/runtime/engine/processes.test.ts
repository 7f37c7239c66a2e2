// Whole runs as processes: two at the same time share their work, a killed one resumes, an interrupted one exits
// cleanly.
import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RunFinished } from '../../../src/runtime/contracts/events.ts';
import { buildFixtures, graphOf, removeFixtures, Rig, scaling } from './engine-rig.ts';
import type { StepSpec } from './engine-rig.ts';

let fixtures: ReturnType<typeof buildFixtures>;
let rig: Rig;
beforeAll(() => void (fixtures = buildFixtures()));
afterAll(removeFixtures);
beforeEach(() => void (rig = new Rig(fixtures)));
afterEach(() => rig.close());

const values = Array.from({ length: 30 }, (_, i) => i + 1);
const expected = values.map((value) => `scale ${value}`).sort();

function steps(sleepMs: number, count = values.length): StepSpec[] {
  return [
    ...scaling(rig, values.slice(0, count), { sleep: sleepMs }),
    { use: 'total', name: 'total', with: { log: rig.log }, from: { values: 'scaled' } },
    ...[1, 2, 3, 4].map((value): StepSpec => ({
      use: 'add-in-worker',
      name: `w${value}`,
      with: { value, log: rig.log, name: `w${value}` },
      from: { terms: ['total.number'] },
    })),
  ];
}

const finishedOf = (events: readonly { event: string }[]): RunFinished =>
  events.find((event) => event.event === 'run-finished') as RunFinished;
const scaledLines = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('scale '));

it('shares steps and items between two simultaneous runs', async () => {
  const graph = graphOf(steps(25));
  const runs = await Promise.all([rig.spawn(graph).finished, rig.spawn(graph).finished]);
  expect(runs.map(({ code }) => code)).toEqual([0, 0]);
  const [a, b] = runs.map(({ events }) => finishedOf(events)) as [RunFinished, RunFinished];
  expect(a.outputs).toEqual(b.outputs);
  expect(a.items_computed + b.items_computed).toBe(values.length);
  const lines = rig.executions();
  expect(scaledLines(lines)).toEqual(expected);
  expect(lines.filter((line) => !line.startsWith('scale '))).toEqual(['make-data', 'total', 'w1', 'w2', 'w3', 'w4']);
});

it('shares items between two simultaneous runs of different pipelines', async () => {
  const runs = await Promise.all([rig.spawn(graphOf(steps(20))).finished, rig.spawn(graphOf(steps(20, 20))).finished]);
  expect(runs.map(({ code }) => code)).toEqual([0, 0]);
  expect(scaledLines(rig.executions())).toEqual(expected);
});

it('resumes with the finished items after being killed at any moment', async () => {
  const graph = graphOf(steps(8));
  let kills = 0;
  for (const delay of [150, 320, 420, 520, 700]) {
    const { child, finished } = rig.spawn(graph);
    await sleep(delay);
    if (child.kill('SIGKILL')) kills += 1;
    await finished;
  }
  const done = new Set(scaledLines(rig.executions()));
  const last = await rig.spawn(graph).finished;
  expect(last.code).toBe(0);
  expect(kills).toBeGreaterThan(0);
  const after = scaledLines(rig.executions());
  // An item that was being computed or written at the moment of a kill may be computed again: one per worker and kill.
  expect(after.length).toBeLessThanOrEqual(values.length - done.size + 2 * kills);
  const again = await rig.spawn(graph).finished;
  expect(finishedOf(again.events)).toMatchObject({ computed: 0, items_computed: 0 });
  const reference = new Rig(fixtures);
  try {
    expect(finishedOf(again.events).outputs['w4']?.digest).toBe(
      (await reference.run(graphOf(steps(0)))).outputs['w4']?.digest,
    );
  } finally {
    await reference.close();
  }
});

it('ends its workers when it is killed', async () => {
  const graph = graphOf([{ use: 'act', name: 'loop', with: { how: 'loop', log: rig.log } }]);
  const { child, finished } = rig.spawn(graph);
  await waitFor(() => readLog().includes('act loop'));
  const workers = childrenOf(child.pid as number);
  expect(workers.length).toBeGreaterThan(0);
  child.kill('SIGKILL');
  await finished;
  await waitFor(() => workers.every((pid) => !isAlive(pid)));
});

it('exits cleanly when interrupted, and keeps finished results', async () => {
  const graph = graphOf(steps(60));
  const { child, finished } = rig.spawn(graph);
  await waitFor(() => readLog().split('\n').length > 6);
  child.kill('SIGINT');
  const { code, events } = await finished;
  expect(code).toBe(130);
  expect(finishedOf(events)).toMatchObject({ failed: 0 });
  const done = scaledLines(rig.executions());
  const again = await rig.spawn(graph).finished;
  expect(again.code).toBe(0);
  expect(finishedOf(again.events).items_computed).toBeLessThanOrEqual(values.length - done.length + 2);
});

function readLog(): string {
  try {
    return readFileSync(rig.log, 'utf8');
  } catch {
    return '';
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}
