// A full disk fails the step that writes. Finished results remain, and the next run continues from there.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildFixtures, graphOf, removeFixtures, Rig, scaling } from './engine-rig.ts';

let fixtures: ReturnType<typeof buildFixtures>;
beforeAll(() => void (fixtures = buildFixtures()));
afterAll(removeFixtures);

it('fails the step, and resumes when there is room', async () => {
  const rig = new Rig(fixtures);
  mkdirSync(rig.cache);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'lethe-test', rig.cache], { encoding: 'utf8' });
  try {
    if (mounted.status !== 0) {
      // printed, because without the right to mount a disk, this is not checked here
      console.log(`not checked, for no small disk can be mounted here: ${mounted.stderr}`);
      return;
    }
    const graph = graphOf([
      ...scaling(rig, [1, 2, 3]),
      { use: 'act', name: 'bulk', with: { how: 'bulk', log: rig.log } },
      { use: 'act', name: 'after', with: { how: 'fine', log: rig.log }, from: { number: 'bulk' } },
    ]);
    const full = await rig.run(graph, { keepGoing: true });
    expect(full).toMatchObject({ computed: 2, failed: 1, skipped: 1, items_computed: 3 });
    expect(full.failure('bulk')).toMatchObject({ reason: 'disk-full', step: 'bulk' });
    spawnSync('mount', ['-o', 'remount,size=64m', rig.cache]);
    rig.executions();
    const roomy = await rig.run(graph);
    expect(roomy).toMatchObject({ computed: 2, cached: 2, failed: 0 });
    expect(rig.executions()).toEqual(['act bulk', 'act fine']);
  } finally {
    await rig.closeStore();
    if (mounted.status === 0) spawnSync('umount', ['-l', rig.cache]);
    await rig.close();
  }
});
