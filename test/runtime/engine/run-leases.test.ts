// Leases among the steps of one process, and among processes that share a cache.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Key } from '../../../src/runtime/contracts/artifact.ts';
import { RunLeases } from '../../../src/runtime/engine/run-leases.ts';
import { openStore } from '../../../src/runtime/store/open-store.ts';
import type { Store } from '../../../src/runtime/store/store.ts';

let folder: string;
let stores: Store[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lethe-leases-'));
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

it('leases a key to one step at a time, and to the next after its release', async () => {
  const leases = new RunLeases(await open());
  const [first, second] = await Promise.all([
    leases.acquire([key('a'), key('b')]),
    leases.acquire([key('b'), key('c')]),
  ]);
  expect([...first]).toEqual([key('a'), key('b')]);
  expect([...second]).toEqual([key('c')]);
  expect((await leases.acquire([key('a')])).size).toBe(0);
  leases.release([key('a')]);
  expect((await leases.acquire([key('a')])).size).toBe(1);
  await leases.close();
});

it('wakes those who wait in this process', async () => {
  const leases = new RunLeases(await open());
  await leases.acquire([key('a')]);
  const waiting = leases.changed(60_000);
  leases.release([key('a')]);
  await waiting;
  await leases.close();
});

it('has released everything once closed', async () => {
  const store = await open();
  const leases = new RunLeases(store);
  await leases.acquire([key('a'), key('b')]);
  leases.release([key('a')]);
  await leases.close();
  const next = new RunLeases(store);
  expect((await next.acquire([key('a'), key('b')])).size).toBe(2);
  await next.close();
});

it('rejects if leases cannot be written, and then holds none', async () => {
  const store = await open();
  let broken = true;
  const leases = new RunLeases({
    ...store,
    acquire: (keys: readonly Key[]) => (broken ? Promise.reject(new Error('no room')) : store.acquire(keys)),
    release: (keys: readonly Key[]) => store.release(keys),
  });
  await expect(leases.acquire([key('a')])).rejects.toThrow('no room');
  broken = false;
  expect((await leases.acquire([key('a')])).size).toBe(1);
  await leases.close();
});
