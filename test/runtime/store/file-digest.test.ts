import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { FailureError } from '../../../src/runtime/contracts/failure.ts';
import { digestFile, stillSame } from '../../../src/runtime/store/file-digest.ts';
import { digestBytes, digestTree } from '../../../src/runtime/contracts/keys.ts';
import type { Store } from '../../../src/runtime/store/store.ts';
import { noise, temporaryFolder, temporaryStore } from './temporary-store.ts';

let store: Store;
let folder: string;
beforeEach(async () => {
  store = await temporaryStore();
  folder = temporaryFolder();
});

/** A store that counts accesses to cached digests. */
function spied(): { readonly memo: Store; readonly written: () => number } {
  let written = 0;
  const memo = new Proxy(store, {
    get: (target, name) => {
      if (name === 'setDoc') written++;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { memo, written: () => written };
}

function old(path: string): void {
  const then = new Date(Date.now() - 3600_000);
  utimesSync(path, then, then);
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

describe('a file', () => {
  test.each([0, 1, 2 ** 20, 2 ** 20 + 1, 3_500_000])('of %i bytes has the digest of its content', async (length) => {
    const path = join(folder, 'file');
    writeFileSync(path, noise(length, 1));
    expect(await digestFile(path, store)).toBe(sha256(path));
  });

  test('has the same digest under another name, time and inode', async () => {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    writeFileSync(one, 'same');
    writeFileSync(two, 'same');
    old(two);
    expect(await digestFile(two, store)).toBe(await digestFile(one, store));
    symlinkSync(one, join(folder, 'link'));
    expect(await digestFile(join(folder, 'link'), store)).toBe(await digestFile(one, store));
  });

  test('that just changed is not cached: another change within the same clock tick would go unnoticed', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'first');
    const { memo, written } = spied();
    await digestFile(path, memo);
    expect(written()).toBe(0);
    // The change time (ctime) cannot be set, so that even old content is new here.
    old(path);
    await digestFile(path, memo);
    expect(written()).toBe(0);
  });

  test('that does not change is read once, and again after any change', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'first');
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const { memo, written } = spied();
    const first = await digestFile(path, memo);
    expect(written()).toBe(1);
    expect(await digestFile(path, memo)).toBe(first);
    expect(written()).toBe(1);
    expect([...store.docs<{ digest: string }>('files')].map(({ value }) => value.digest)).toEqual([first]);
    // same size and restored times, but the change time (ctime) differs
    writeFileSync(path, 'FIRST');
    old(path);
    expect(await digestFile(path, memo)).toBe(digestBytes(Buffer.from('FIRST')));
    expect(await stillSame(path, first, store)).toBe(false);
  });

  test('that is replaced by another with its name is noticed', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'first');
    const first = await digestFile(path, store);
    expect(await stillSame(path, first, store)).toBe(true);
    writeFileSync(`${path}.new`, 'other');
    renameSync(`${path}.new`, path);
    expect(await stillSame(path, first, store)).toBe(false);
    unlinkSync(path);
    expect(await stillSame(path, first, store)).toBe(false);
  });

  test('with two names is one file', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'x');
    linkSync(path, `${path}2`);
    expect(await digestFile(`${path}2`, store)).toBe(await digestFile(path, store));
  });
});

describe('a folder', () => {
  test('has the digest of the paths and contents below it', async () => {
    mkdirSync(join(folder, 'b/c'), { recursive: true });
    writeFileSync(join(folder, 'a'), '1');
    writeFileSync(join(folder, 'b/c/é'), '2');
    const digest = await digestFile(folder, store);
    expect(digest).toBe(
      digestTree([
        ['a', digestBytes(Buffer.from('1'))],
        ['b/c/é', digestBytes(Buffer.from('2'))],
      ]),
    );
    expect(await stillSame(folder, digest, store)).toBe(true);
    appendFileSync(join(folder, 'b/c/é'), '!');
    expect(await stillSame(folder, digest, store)).toBe(false);
    writeFileSync(join(folder, 'b/c/é'), '2');
    expect(await stillSame(folder, digest, store)).toBe(true);
    renameSync(join(folder, 'a'), join(folder, 'A'));
    expect(await stillSame(folder, digest, store)).toBe(false);
  });

  test('that contains itself through a link does not cause an endless loop', async () => {
    writeFileSync(join(folder, 'a'), '1');
    symlinkSync(folder, join(folder, 'self'));
    expect(await digestFile(folder, store)).toBe(digestTree([['a', digestBytes(Buffer.from('1'))]]));
  });

  test('with many files is read whole', async () => {
    for (let i = 0; i < 200; i++) writeFileSync(join(folder, `f${i}`), String(i));
    expect(await digestFile(folder, store)).toBe(
      digestTree(Array.from({ length: 200 }, (_, i) => [`f${i}`, digestBytes(Buffer.from(String(i)))] as const)),
    );
  });
});

describe('failures', () => {
  const reasonOf = async (path: string): Promise<unknown> => {
    try {
      return await digestFile(path, store);
    } catch (error) {
      if (error instanceof FailureError) return { reason: error.failure.reason, headline: error.failure.headline };
      throw error;
    }
  };

  test('a file that is not there', async () => {
    const path = join(folder, 'no/where');
    expect(await reasonOf(path)).toEqual({ reason: 'missing-file', headline: `there is no file ${path}` });
    symlinkSync(path, join(folder, 'broken'));
    expect(await reasonOf(join(folder, 'broken'))).toMatchObject({ reason: 'missing-file' });
    expect(await reasonOf(folder)).toMatchObject({ reason: 'missing-file' });
  });

  test('a name below a file', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(await reasonOf(join(folder, 'file/below'))).toMatchObject({ reason: 'missing-file' });
  });

  test('what is neither a file nor a folder', async () => {
    spawnSync('mkfifo', [join(folder, 'pipe')]);
    expect(await reasonOf(join(folder, 'pipe'))).toMatchObject({ reason: 'not-a-file' });
  });

  test('what the file system will not open', async () => {
    expect(await reasonOf(join(folder, 'n'.repeat(300)))).toMatchObject({ reason: 'unreadable-file' });
  });
});
