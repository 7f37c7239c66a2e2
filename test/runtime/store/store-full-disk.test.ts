import { spawnSync } from 'node:child_process';
import { writeFileSync, rmSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freeBytes } from '../../../src/runtime/store/store-failures.ts';
import { FailureError } from '../../../src/runtime/contracts/failure.ts';
import { digestBytes } from '../../../src/runtime/contracts/keys.ts';
import { openStore } from '../../../src/runtime/store/open-store.ts';
import type { Store } from '../../../src/runtime/store/store.ts';
import { verifyStore } from '../../../src/runtime/store/verify.ts';
import { startChild } from '../engine/child.ts';
import { keyOf, noise, open, resultOf, temporaryFolder } from './temporary-store.ts';

/** Mounts a small file system, or returns the reason why it cannot. */
function mount(options: string): { readonly folder: string } | { readonly refused: string } {
  const folder = join(temporaryFolder(), 'disk');
  mkdirSync(folder);
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'lethe-test', folder], {
    encoding: 'utf8',
  });
  if (status !== 0) return { refused: (error?.message ?? stderr).trim() };
  onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  return { folder };
}

function onDisk(options: string, check: (folder: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const disk = mount(options);
    // printed, because without the right to mount a disk, this is not checked here
    if ('refused' in disk) console.log(`not checked, for no small disk can be mounted here: ${disk.refused}`);
    else await check(disk.folder);
  };
}

async function failureOf(promise: Promise<unknown>): Promise<FailureError['failure'] | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
}

async function fill(store: Store, size: number): Promise<FailureError['failure'] | undefined> {
  for (let i = 0; i < 10_000; i++) {
    const failure = await failureOf(store.put(noise(size, i)));
    if (failure) return failure;
  }
  return undefined;
}

/** Fills the disk; returns the file that does so. */
function takeAllRoom(folder: string): string {
  const path = join(folder, 'ballast');
  try {
    writeFileSync(path, Buffer.alloc(freeBytes(folder)!));
  } catch (error) {
    // another process may be filling the disk at the same time, which is fine
    if ((error as { code?: string }).code !== 'ENOSPC') throw error;
  }
  return path;
}

describe('a full disk', () => {
  test.each([
    ['small blobs', 3000],
    ['files', 300_000],
  ])('is a failure with the folder and what is free, and is got over: %s', (_, size) =>
    onDisk('size=6m', async (disk) => {
      const store = await open(join(disk, 'cache'));
      const kept = await store.put(Buffer.from('kept'));
      await store.record(keyOf('kept'), resultOf({ out: { kind: 'things', digest: kept } }));
      const failure = await fill(store, size);
      expect(failure).toMatchObject({ reason: 'disk-full', values: { cache: store.folder } });
      expect(failure?.values?.['free bytes']).toBeTypeOf('number');
      expect(failure?.help).toMatch(/cache gc/);
      const ballast = takeAllRoom(disk);
      await sleep(20);
      expect(await failureOf(store.record(keyOf('full'), resultOf({})))).toMatchObject({ reason: 'disk-full' });
      expect(await failureOf(store.acquire([keyOf('full')]))).toMatchObject({ reason: 'disk-full' });
      expect(await failureOf(store.setDoc('memo', 'full', 1))).toMatchObject({ reason: 'disk-full' });
      expect(await failureOf(store.put(noise(400_000, 77)))).toMatchObject({ reason: 'disk-full' });
      // reading still works
      expect(Buffer.from((await store.get(kept))!).toString()).toBe('kept');
      rmSync(ballast);
      for (const blob of [...store.contents.blobs()])
        if (blob.digest !== kept && blob.path !== null) await store.contents.removeBlobs([blob]);
      if (size < 10_000) spawnSync('mount', ['-o', 'remount,size=12m', disk]);
      await expect.poll(() => failureOf(store.put(noise(1000, 5)))).toBeUndefined();
      await store.record(keyOf('after'), resultOf({}));
      expect(store.result(keyOf('after'))).toBeDefined();
      expect(store.result(keyOf('full'))).toBeUndefined();
      expect(await store.acquire([keyOf('after')])).toEqual(new Set([keyOf('after')]));
      await store.close();
      const again = await open(store.folder);
      expect(again.result(keyOf('kept'))).toBeDefined();
      expect(await verifyStore(again)).toMatchObject({ damaged: [], missing: [] });
    })(),
  );

  test(
    'met in the middle of a commit of the index is a failure too, and is got over',
    onDisk('size=6m', async (disk) => {
      const store = await open(join(disk, 'cache'));
      // The disk is filled between the check for room and the commit, as another process might do.
      const blobs = Array.from({ length: 20 }, (_, i) => noise(200_000, i));
      const writing = blobs.map((bytes) => failureOf(store.put(bytes)));
      const ballast = takeAllRoom(disk);
      const failures = await Promise.all(writing);
      expect(failures.some((failure) => failure?.reason === 'disk-full')).toBe(true);
      const kept = blobs.filter((_, i) => failures[i] === undefined);
      rmSync(ballast);
      await sleep(20);
      expect(await failureOf(store.put(noise(2000, 1)))).toBeUndefined();
      await store.close();
      const again = await open(store.folder);
      expect(await verifyStore(again)).toMatchObject({ damaged: [], missing: [] });
      for (const bytes of kept) expect(again.has(digestBytes(bytes))).toBe(true);
      expect(await failureOf(again.put(noise(1000, 5)))).toBeUndefined();
    }),
  );

  test(
    'before there is a cache is a failure of opening',
    onDisk('size=1m', async (disk) => {
      takeAllRoom(disk);
      expect(await openStore(join(disk, 'cache'))).toMatchObject({ ok: false, failures: [{ reason: 'disk-full' }] });
    }),
  );

  test(
    'that is full when the cache is opened ends no process',
    onDisk('size=2m', async (disk) => {
      const folder = join(disk, 'cache');
      const store = await open(folder);
      const digest = await store.put(Buffer.from('there'));
      await store.close();
      takeAllRoom(disk);
      const child = await startChild(['open', folder]);
      expect(await child.next()).toMatchObject({ readOnly: false, put: { failure: { reason: 'disk-full' } } });
      await child.ended();
      expect(child.process.exitCode).toBe(0);
      const again = await open(folder);
      expect(again.has(digest)).toBe(true);
    }),
  );
});
