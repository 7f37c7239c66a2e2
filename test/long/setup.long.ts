// Downloads and builds the real native backend from the registries into an empty folder. Needs a network and g++.
import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nativePackage } from '../../src/compute/native-folder.ts';
import { bindingFile } from '../../src/compute/load-tensorflow.ts';
import { setupTensorflow } from '../../src/setup/setup-tensorflow.ts';
import type { SetupEvent } from '../../src/setup/setup-event.ts';

const here = process.platform === 'linux' && process.arch === 'x64';
let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'lethe-native-'));
});
afterAll(() => rm(home, { recursive: true }));

async function setup(stopAt?: (event: SetupEvent) => boolean) {
  const stop = new AbortController();
  const events: SetupEvent[] = [];
  const start = performance.now();
  const done = await setupTensorflow({
    folder: path.join(home, 'tensorflow'),
    signal: stop.signal,
    onProgress(event) {
      events.push(event);
      if (stopAt?.(event) === true) stop.abort();
    },
  });
  return { done, events, seconds: (performance.now() - start) / 1000 };
}

test.runIf(here)('an interrupted download resumes, the backend is built, and a second call finds it', async () => {
  const half = (event: SetupEvent): boolean => event.event === 'setup-progress' && event.done > event.total / 2;
  const interrupted = await setup(half);
  expect(interrupted.done).toMatchObject({ ok: false, failures: [{ reason: 'interrupted' }] });
  expect(await readdir(home)).toEqual(['tensorflow.downloads']);

  const built = await setup();
  expect(built.done).toMatchObject({ ok: true, value: { built: true, version: '2.15.1' } });
  expect(await readdir(home)).toEqual(['tensorflow']);
  const resumed = built.events.find((event) => event.event === 'setup-progress' && event.stage === 'download');
  expect(resumed).toMatchObject({ event: 'setup-progress' });
  if (resumed?.event === 'setup-progress') expect(resumed.done).toBeGreaterThan(resumed.total / 2);

  const found = await setup();
  expect(found.done).toMatchObject({ ok: true, value: { built: false, version: '2.15.1' } });
  expect(found.seconds).toBeLessThan(built.seconds / 4);
});

test.runIf(here)('a broken binding is built again', async () => {
  const binding = bindingFile(nativePackage(path.join(home, 'tensorflow'))) ?? '';
  await truncate(binding, 1000);
  const { done, events } = await setup();
  expect(done).toMatchObject({ ok: true, value: { built: true } });
  expect(events.some((event) => event.event === 'setup-retry' && event.stage === 'look')).toBe(true);
  expect((await setup()).done).toMatchObject({ ok: true, value: { built: false } });
});
