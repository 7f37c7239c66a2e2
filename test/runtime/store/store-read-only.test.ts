import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeJson } from '../../../src/runtime/store/artifact-io.ts';
import { openStore } from '../../../src/runtime/store/open-store.ts';
import { startChild } from '../engine/child.ts';
import { keyOf, noise, open, resultOf, temporaryFolder } from './temporary-store.ts';

const things = { name: 'things', doc: 'd', codec: 'json' } as const;
const NOBODY = 65534;

/** Writes a cache with one result whose artifact has a small and a large blob. */
async function filled(folder: string): Promise<void> {
  const store = await open(folder);
  const refs = [await store.put(noise(100, 1)), await store.put(noise(300_000, 1))];
  await store.record(keyOf('r'), resultOf({ out: await writeJson(store, things, { answer: 42 }, refs) }));
  await store.close();
}

/** Opens the cache as another user, because root can write everywhere. */
async function openAsNobody(folder: string): Promise<Record<string, unknown>> {
  const child = await startChild(['open', folder], process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {});
  const said = await child.next();
  await child.ended();
  expect(child.process.exitCode).toBe(0);
  return said;
}

function close(folder: string): void {
  spawnSync('chmod', ['-R', 'a+rX,a-w', folder]);
  onTestFinished(() => void spawnSync('chmod', ['-R', 'u+w', folder]));
}

test('a cache that cannot be written to is opened for reading, and says so when asked to write', async () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  await filled(join(folder, 'cache'));
  close(folder);
  expect(await openAsNobody(join(folder, 'cache'))).toMatchObject({
    readOnly: true,
    values: [{ answer: 42 }],
    put: { failure: { reason: 'cache-read-only', values: { cache: join(folder, 'cache') } } },
  });
});

test('without the lock file too', async () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  await filled(join(folder, 'full'));
  mkdirSync(join(folder, 'cache'));
  for (const name of ['data.mdb', 'blobs'])
    cpSync(join(folder, 'full', name), join(folder, 'cache', name), { recursive: true });
  close(folder);
  expect(await openAsNobody(join(folder, 'cache'))).toMatchObject({ readOnly: true, values: [{ answer: 42 }] });
});

test('a folder that does not exist and cannot be created is a failure', async () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  close(folder);
  expect(await openAsNobody(join(folder, 'cache'))).toMatchObject({ failures: [{ reason: 'cache-read-only' }] });
});

test('on a file system mounted read-only', async () => {
  const folder = temporaryFolder();
  const disk = join(folder, 'disk');
  await filled(join(folder, 'cache'));
  mkdirSync(disk);
  const mounted = spawnSync(
    'sh',
    ['-c', 'mount --bind "$0/cache" "$0/disk" && mount -o remount,ro,bind "$0/disk"', folder],
    { encoding: 'utf8' },
  );
  onTestFinished(() => void spawnSync('umount', ['-l', disk]));
  if (mounted.status !== 0) {
    console.log(`not checked, for nothing can be mounted here: ${mounted.stderr.trim()}`);
    return;
  }
  const opened = await openStore(disk);
  if (!opened.ok) throw new Error(JSON.stringify(opened.failures));
  expect(opened.value.readOnly).toBe(true);
  expect(opened.value.result(keyOf('r'))).toBeDefined();
  await expect(opened.value.record(keyOf('x'), resultOf({}))).rejects.toMatchObject({
    failure: { reason: 'cache-read-only' },
  });
  await expect(opened.value.acquire([keyOf('x')])).rejects.toMatchObject({ failure: { reason: 'cache-read-only' } });
  await expect(opened.value.put(noise(300_000, 9))).rejects.toMatchObject({ failure: { reason: 'cache-read-only' } });
  // an existing blob need not be written
  expect(await opened.value.put(noise(300_000, 1))).toBeDefined();
  await opened.value.close();
});
