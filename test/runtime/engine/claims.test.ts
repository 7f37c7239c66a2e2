// Claims: among the steps of one process, and among processes that share a cache.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Key } from '../../../src/runtime/contracts/artifact.ts';
import { Claims } from '../../../src/runtime/engine/claims.ts';
import { openStore } from '../../../src/runtime/store/open-store.ts';
import type { Store } from '../../../src/runtime/store/store.ts';

let folder: string;
let stores: Store[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lethe-claims-'));
  stores = [];
});
afterEach(async () => {
  for (const store of stores) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<Store> {
  const opened = await openStore(folder);
  if (!opened.ok) throw new Error('no store');
  stores.push(opened.value);
  return opened.value;
}

const key = (letter: string): Key => letter.repeat(64) as Key;

it('gives a key to one at a time, and to the next when it is given back', async () => {
  const claims = new Claims(await open());
  const [first, second] = await Promise.all([claims.take([key('a'), key('b')]), claims.take([key('b'), key('c')])]);
  expect([...first]).toEqual([key('a'), key('b')]);
  expect([...second]).toEqual([key('c')]);
  expect((await claims.take([key('a')])).size).toBe(0);
  claims.give([key('a')]);
  expect((await claims.take([key('a')])).size).toBe(1);
  await claims.close();
});

it('wakes those who wait in this process', async () => {
  const claims = new Claims(await open());
  await claims.take([key('a')]);
  const waiting = claims.changed(60_000);
  claims.give([key('a')]);
  await waiting;
  await claims.close();
});

it('has given everything back once closed', async () => {
  const store = await open();
  const claims = new Claims(store);
  await claims.take([key('a'), key('b')]);
  claims.give([key('a')]);
  await claims.close();
  const next = new Claims(store);
  expect((await next.take([key('a'), key('b')])).size).toBe(2);
  await next.close();
});

it('passes on that claims cannot be written, and claims nothing then', async () => {
  const store = await open();
  let broken = true;
  const claims = new Claims({
    ...store,
    acquire: (keys: readonly Key[]) => (broken ? Promise.reject(new Error('no room')) : store.acquire(keys)),
    release: (keys: readonly Key[]) => store.release(keys),
  });
  await expect(claims.take([key('a')])).rejects.toThrow('no room');
  broken = false;
  expect((await claims.take([key('a')])).size).toBe(1);
  await claims.close();
});
