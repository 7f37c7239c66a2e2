import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type * as lmdb from 'lmdb';
import { expect, onTestFinished, test } from 'vitest';
import type { Key } from '../../../src/runtime/contracts/artifact.ts';
import { livenessOf, ownIdentity } from '../../../src/runtime/contracts/process-identity.ts';
import { digestKey, nowSeconds, ownerKey, packJson } from '../../../src/runtime/store/records.ts';
import { startChild } from '../engine/child.ts';
import { keyOf, open, resultOf, temporaryStore } from './temporary-store.ts';

const keys = ['a', 'b', 'c'].map(keyOf);
const [a, b, c] = keys as [Key, Key, Key];

test('a key is held by one owner, until it is released', async () => {
  const store = await temporaryStore();
  const other = await open(store.folder);
  expect(await store.acquire([a, b])).toEqual(new Set([a, b]));
  expect(await other.acquire([b, c])).toEqual(new Set([c]));
  expect(await store.acquire([a, c])).toEqual(new Set([a]));
  await store.release([a, b]);
  expect(await other.acquire([a, b])).toEqual(new Set([a, b]));
});

test('releasing a lease of another owner has no effect', async () => {
  const store = await temporaryStore();
  const other = await open(store.folder);
  await store.acquire([a]);
  await other.release([a]);
  expect(await other.acquire([a])).toEqual(new Set());
});

test('closing releases all leases', async () => {
  const store = await temporaryStore();
  const other = await open(store.folder);
  await other.acquire(keys);
  await other.close();
  expect(await store.acquire(keys)).toEqual(new Set(keys));
});

test('two processes never hold a key together, and each sees what the other recorded before its release', async () => {
  const store = await temporaryStore();
  const child = await startChild(['lease', store.folder]);
  onTestFinished(() => child.kill());
  await child.next();
  expect(await child.ask({ acquire: [a, b] })).toEqual({ owned: [a, b], seen: [] });
  // A read before the other's commit must not hide it afterwards.
  expect(store.result(a)).toBeUndefined();
  expect(await store.acquire([a, c])).toEqual(new Set([c]));
  expect(await child.ask({ record: a })).toEqual({ recorded: true });
  expect(await store.acquire([a])).toEqual(new Set([a]));
  expect(store.result(a)).toBeDefined();
  await store.record(c, resultOf({}));
  await store.release([c]);
  expect(await child.ask({ acquire: [c] })).toEqual({ owned: [c], seen: [c] });
});

test('what another process has put is found, though a read of the same turn came before', async () => {
  const store = await temporaryStore();
  const child = await startChild(['lease', store.folder]);
  onTestFinished(() => child.kill());
  await child.next();
  for (let i = 0; i < 20; i++) {
    const key = keyOf(String(i));
    const answer = child.ask({ record: key });
    // keeps the snapshot of the index as old as the turn
    while (child.lines.length <= i + 1) {
      store.result(a);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(store.result(key)).toBeDefined();
    await answer;
  }
});

test('the leases of a killed process are free immediately', async () => {
  const store = await temporaryStore();
  const child = await startChild(['lease', store.folder]);
  await child.next();
  await child.ask({ acquire: keys });
  expect(await store.acquire(keys)).toEqual(new Set());
  await child.kill();
  expect(await store.acquire(keys)).toEqual(new Set(keys));
});

test('a stopped process keeps its leases', async () => {
  const store = await temporaryStore();
  const child = await startChild(['lease', store.folder]);
  onTestFinished(() => child.kill());
  await child.next();
  await child.ask({ acquire: [a] });
  child.process.kill('SIGSTOP');
  expect(await store.acquire([a])).toEqual(new Set());
});

test('many simultaneous processes divide the keys without overlap', async () => {
  const store = await temporaryStore();
  const many = Array.from({ length: 300 }, (_, i) => keyOf(String(i)));
  const children = await Promise.all([1, 2, 3].map(() => startChild(['lease', store.folder])));
  onTestFinished(async () => {
    await Promise.all(children.map((child) => child.kill()));
  });
  await Promise.all(children.map((child) => child.next()));
  const chunks = Array.from({ length: 30 }, (_, i) => many.slice(i * 10, i * 10 + 10));
  const owned: Key[] = [];
  for (const chunk of chunks) {
    const answers = await Promise.all(children.map((child) => child.ask({ acquire: chunk })));
    owned.push(...answers.flatMap(({ owned: own }) => own as Key[]));
  }
  expect(owned).toHaveLength(300);
  expect(new Set(owned)).toEqual(new Set(many));
});

test.each([
  ['silent for a minute', 61, true],
  ['heard of lately', 20, false],
])('an owner on another machine that was %s', async (_, ago, free) => {
  const store = await temporaryStore();
  await store.close();
  const { open: openLmdb } = createRequire(import.meta.url)('lmdb') as typeof lmdb;
  const db = openLmdb<Buffer, Buffer>({
    path: store.folder,
    encoding: 'binary',
    keyEncoding: 'binary',
    overlappingSync: false,
  });
  await db.put(ownerKey('far'), packJson({ place: 'far away', pid: 1, start: '1', beat: nowSeconds() - ago }));
  await db.put(digestKey('lease', a), packJson({ owner: 'far', since: nowSeconds() - 3600 }));
  await db.close();
  const again = await open(store.folder);
  expect(await again.acquire([a])).toEqual(free ? new Set([a]) : new Set());
});

test('a process is distinguished from a later one with the same id', () => {
  const own = ownIdentity();
  expect(own.place).toContain(hostname());
  expect(livenessOf(own)).toBe('alive');
  expect(livenessOf({ ...own, start: '12345' })).toBe(own.start === null ? 'unknown' : 'dead');
  const unused =
    Number(process.platform === 'linux' ? readFileSync('/proc/sys/kernel/pid_max', 'latin1') : 99_999_999) - 1;
  expect(livenessOf({ ...own, pid: unused })).toBe('dead');
  expect(livenessOf({ ...own, place: 'elsewhere' })).toBe('unknown');
});
