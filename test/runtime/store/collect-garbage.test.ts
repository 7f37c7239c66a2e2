import { rmSync, utimesSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi, onTestFinished } from 'vitest';
import type { Artifact, Digest } from '../../../src/runtime/contracts/artifact.ts';
import { openArtifact, writeJson, writeTable } from '../../../src/runtime/store/artifact-io.ts';
import { collectGarbage } from '../../../src/runtime/store/collect-garbage.ts';
import { storeStatistics } from '../../../src/runtime/store/statistics.ts';
import type { Store } from '../../../src/runtime/store/store.ts';
import { encodeRows } from '../../../src/runtime/tables/table.ts';
import { verifyStore } from '../../../src/runtime/store/verify.ts';
import { startChild } from '../engine/child.ts';
import { keyOf, noise, open, resultOf, temporaryStore } from './temporary-store.ts';

const things = { name: 'things', doc: 'd', codec: 'json' } as const;
const numbers = { name: 'numbers', doc: 'd', codec: 'table', columns: { x: { type: 'float64', doc: 'x' } } } as const;

/** A result with one of everything: refs small and large, items with masks, a table with rows per item. */
async function everything(
  store: Store,
  name: string,
  finished?: string,
): Promise<{ readonly blobs: readonly Digest[]; readonly artifacts: readonly Artifact[] }> {
  const put = (text: string) => store.put(Buffer.from(`${name} ${text}`));
  const small = await put('small');
  const large = await store.put(noise(300_000, name.length + name.charCodeAt(0)));
  const [pixels, mask] = [await put('pixels'), await put('mask')];
  const set = await writeJson(
    store,
    things,
    { name },
    [small, large],
    [{ id: pixels, digest: pixels, refs: [mask], seen: { label: 3 } }],
  );
  const rows = await store.put(encodeRows([{ x: name.length }]));
  const table = await writeTable(store, { ...numbers, doc: name }, [{ x: name.length }], {
    items: [{ id: pixels, digest: rows }],
  });
  await store.record(keyOf(name), resultOf({ set, table }, finished));
  return { blobs: [small, large, pixels, mask, rows, set.digest, table.digest, table.table], artifacts: [set, table] };
}

/** Executes `act` with a clock an hour ahead, when nothing counts as recently put. */
async function later<T>(act: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3600_000 });
  onTestFinished(() => void vi.useRealTimers());
  try {
    return await act();
  } finally {
    vi.useRealTimers();
  }
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}

describe('artifacts', () => {
  test('come back whole', async () => {
    const store = await temporaryStore();
    const { artifacts } = await everything(store, 'one');
    const [set, table] = artifacts.map((artifact) => openArtifact(store, artifact));
    expect(await set!.value()).toEqual({ name: 'one' });
    expect((await set!.items())![0]).toMatchObject({ seen: { label: 3 } });
    expect(await table!.rows()).toEqual([{ x: 3 }]);
    await expect(set!.rows()).rejects.toThrow(TypeError);
    await expect(table!.value()).rejects.toThrow(TypeError);
  });

  test('equal values are one artifact, however written', async () => {
    const store = await temporaryStore();
    expect(await writeJson(store, things, { b: 1, a: 2 })).toEqual(await writeJson(store, things, { a: 2, b: 1 }));
  });
});

describe('garbage collection', () => {
  test('keeps what results need and drops the rest', async () => {
    const store = await temporaryStore();
    const { blobs } = await everything(store, 'kept');
    const orphans = [
      await store.put(Buffer.from('orphan')),
      await store.put(noise(300_000, 99)),
      await store.put(Buffer.from('t'), { asFile: true }),
    ];
    const dry = await later(() => collectGarbage(store, { dryRun: true }));
    expect(dry).toEqual({ results: 0, blobs: 3, bytes: 300_007 });
    expect(orphans.every((digest) => store.has(digest))).toBe(true);
    expect(await later(() => collectGarbage(store))).toEqual(dry);
    expect(orphans.some((digest) => store.has(digest))).toBe(false);
    expect(blobs.every((digest) => store.has(digest))).toBe(true);
    expect(await later(() => collectGarbage(store))).toEqual({ results: 0, blobs: 0, bytes: 0 });
    expect(await verifyStore(store)).toMatchObject({ damaged: [], missing: [], droppedResults: [] });
  });

  test('drops results that are too old, but not what they share with others', async () => {
    const store = await temporaryStore();
    const old = await everything(store, 'old', daysAgo(40));
    const young = await everything(store, 'new', daysAgo(20));
    const shared = old.blobs.filter((digest) => young.blobs.includes(digest));
    expect(shared.length).toBeGreaterThan(0);
    expect(await later(() => collectGarbage(store, { keepDays: 30 }))).toMatchObject({
      results: 1,
      blobs: old.blobs.length - shared.length,
    });
    expect(store.result(keyOf('old'))).toBeUndefined();
    expect(store.result(keyOf('new'))).toBeDefined();
    expect(young.blobs.every((digest) => store.has(digest))).toBe(true);
  });

  test('keeps old results that a trace or a late run names, and the items of their tables', async () => {
    const store = await temporaryStore();
    const names = ['traced', 'run lately', 'run long ago', 'forgotten'];
    for (const name of names) await everything(store, name, daysAgo(100));
    const rows = await store.put(encodeRows([{ x: 'traced'.length }]));
    await store.record(keyOf('item'), resultOf({ rows: { kind: 'rows', digest: rows } }, daysAgo(100)));
    await store.setDoc('traces', 'p', { steps: { a: [keyOf('traced'), null] } });
    await store.setDoc('runs', '1', { finished: daysAgo(1), outputs: [keyOf('run lately')] });
    await store.setDoc('runs', '0', { finished: daysAgo(99), outputs: [keyOf('run long ago')] });
    await later(() => collectGarbage(store, { keepDays: 30 }));
    expect(names.map((name) => store.result(keyOf(name)) !== undefined)).toEqual([true, true, false, false]);
    expect(store.result(keyOf('item'))).toBeDefined();
    expect(await verifyStore(store)).toMatchObject({ missing: [], droppedResults: [] });
  });

  test('keeps checkpoints', async () => {
    const store = await temporaryStore();
    const digest = await store.put(noise(300_000, 5));
    await store.setDoc('checkpoints', keyOf('training'), { digest });
    await later(() => collectGarbage(store, { keepDays: 0 }));
    expect(store.has(digest)).toBe(true);
  });

  test('drops the oldest until the rest fits', async () => {
    const store = await temporaryStore();
    for (let i = 0; i < 5; i++) {
      const digest = await store.put(noise(300_000, i));
      await store.record(
        keyOf(String(i)),
        resultOf({ out: await writeJson(store, things, i, [digest]) }, daysAgo(10 - i)),
      );
    }
    await later(() => collectGarbage(store, { maxBytes: 700_000 }));
    expect([0, 1, 2, 3, 4].filter((i) => store.result(keyOf(String(i))))).toEqual([3, 4]);
    expect((await storeStatistics(store)).blobBytes).toBeLessThan(700_000);
    expect(await verifyStore(store)).toMatchObject({ missing: [] });
  });

  test('keeps blobs that were put, or put again, recently', async () => {
    const store = await temporaryStore();
    const [small, large] = [await store.put(Buffer.from('small')), await store.put(noise(300_000, 1))];
    await collectGarbage(store);
    expect([small, large].every((digest) => store.has(digest))).toBe(true);
    const path = store.path(large)!;
    utimesSync(path, new Date(0), new Date(0));
    await store.put(noise(300_000, 1));
    await collectGarbage(store);
    expect(store.has(large)).toBe(true);
  });

  test('keeps blobs that a living process has put under a lease, however long ago, until it is killed', async () => {
    const store = await temporaryStore();
    const child = await startChild(['lease', store.folder]);
    await child.next();
    await child.ask({ acquire: [keyOf('in flight')] });
    const digests = [await store.put(Buffer.from('in flight')), await store.put(noise(300_000, 3))];
    await later(() => collectGarbage(store, { keepDays: 0 }));
    expect(digests.every((digest) => store.has(digest))).toBe(true);
    await child.kill();
    await later(() => collectGarbage(store, { keepDays: 0 }));
    expect(digests.some((digest) => store.has(digest))).toBe(false);
  });

  test('does not drop a blob that is put while it looks', async () => {
    const store = await temporaryStore();
    const bytes = [Buffer.from('again'), noise(300_000, 8)];
    const digests = await Promise.all(bytes.map((one) => store.put(one)));
    const listed = [...store.contents.blobs()].map((blob) => ({ ...blob, touched: blob.touched - 100 }));
    expect(await store.contents.removeBlobs(listed)).toEqual({ blobs: 0, bytes: 0 });
    expect(digests.every((digest) => store.has(digest))).toBe(true);
  });

  test('sweeps what killed processes left', async () => {
    const store = await temporaryStore();
    mkdirSync(join(store.folder, 'tmp'), { recursive: true });
    const left = join(store.folder, 'tmp', 'half');
    writeFileSync(left, 'x'.repeat(1000));
    expect((await collectGarbage(store)).bytes).toBe(0);
    utimesSync(left, new Date(Date.now() - 2 * 86_400_000), new Date(Date.now() - 2 * 86_400_000));
    expect((await collectGarbage(store)).bytes).toBe(1000);
    writeFileSync(left, 'x');
    utimesSync(left, new Date(0), new Date(0));
    await (await open(store.folder)).close();
    expect(store.contents.sweepLeftovers(0)).toBe(0);
  });
});

describe('verification', () => {
  test('finds damaged and missing blobs, and repairs the store', async () => {
    const store = await temporaryStore();
    const whole = await everything(store, 'whole');
    const { blobs } = await everything(store, 'broken');
    await store.record(
      keyOf('gone'),
      resultOf({ out: { kind: 'things', digest: keyOf('no such blob') as string as Digest } }),
    );
    const files = blobs.filter((digest) => store.path(digest) && !whole.blobs.includes(digest));
    const [damaged, missing] = files as [Digest, Digest];
    writeFileSync(store.path(damaged)!, 'something else');
    rmSync(store.path(missing)!);
    const found = await verifyStore(store);
    expect(found.damaged).toEqual([damaged]);
    expect(new Set(found.missing)).toEqual(new Set([damaged, missing, keyOf('no such blob')]));
    expect(new Set(found.droppedResults)).toEqual(new Set([keyOf('broken'), keyOf('gone')]));
    expect(found.checked).toBeGreaterThan(10);
    expect(store.result(keyOf('whole'))).toBeDefined();
    expect(await verifyStore(store)).toMatchObject({ damaged: [], missing: [], droppedResults: [] });
  });
});

test('statistics', async () => {
  const store = await temporaryStore();
  const { blobs } = await everything(store, 'one', '2024-01-02T00:00:00.000Z');
  await store.record(
    keyOf('item'),
    resultOf({ rows: { kind: 'rows', digest: blobs[0]! } }, '2024-01-03T00:00:00.000Z'),
  );
  await store.setDoc('runs', 'r', {});
  const found = await storeStatistics(store);
  expect(found).toMatchObject({
    results: 1,
    itemResults: 1,
    blobs: blobs.length,
    files: 2,
    runs: 1,
    oldest: '2024-01-02T00:00:00.000Z',
    newest: '2024-01-03T00:00:00.000Z',
  });
  expect(found.fileBytes).toBeGreaterThan(300_000);
  expect(found.totalBytes).toBe(found.indexBytes + found.fileBytes);
});
