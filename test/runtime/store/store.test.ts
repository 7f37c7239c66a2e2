import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import type * as lmdb from 'lmdb';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../../src/runtime/contracts/artifact.ts';
import { digestBytes } from '../../../src/runtime/contracts/keys.ts';
import { packJson } from '../../../src/runtime/store/records.ts';
import { openStore } from '../../../src/runtime/store/open-store.ts';
import { keyOf, noise, open, resultOf, temporaryFolder, temporaryStore } from './temporary-store.ts';

describe('blobs', () => {
  test.each([
    ['empty', 0],
    ['small', 1000],
    ['the largest in the index', 256 * 1024 - 1],
    ['the smallest in a file', 256 * 1024],
    ['large', 5_000_000],
  ])('%s: what was put comes back', async (_, length) => {
    const store = await temporaryStore();
    const bytes = noise(length, length);
    const digest = await store.put(bytes);
    expect(digest).toBe(digestBytes(bytes));
    expect(store.has(digest)).toBe(true);
    expect(Buffer.compare((await store.get(digest))!, bytes)).toBe(0);
    const path = store.path(digest);
    expect(path !== undefined).toBe(length >= 256 * 1024);
    if (path) expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
  });

  test('a small blob put as a file has a path', async () => {
    const store = await temporaryStore();
    const digest = await store.put(Buffer.from('table'), { asFile: true });
    expect(readFileSync(store.path(digest)!, 'utf8')).toBe('table');
    expect(store.path(digest)).toBe(join(store.folder, 'blobs', digest.slice(0, 2), digest));
  });

  test('a blob that was put in both ways is stored in both ways', async () => {
    const store = await temporaryStore();
    const digest = await store.put(Buffer.from('both'));
    expect(store.path(digest)).toBeUndefined();
    expect(await store.put(Buffer.from('both'), { asFile: true })).toBe(digest);
    expect(existsSync(store.path(digest)!)).toBe(true);
    expect(Buffer.from((await store.get(digest))!).toString()).toBe('both');
  });

  test('a missing entry is undefined', async () => {
    const store = await temporaryStore();
    const digest = digestBytes(Buffer.from('never put'));
    expect(await store.get(digest)).toBeUndefined();
    expect(store.has(digest)).toBe(false);
    expect(store.path(digest)).toBeUndefined();
  });

  test('an invalid digest never becomes a path', async () => {
    const store = await temporaryStore();
    expect(() => store.path('../../etc/passwd' as Digest)).toThrow(TypeError);
    await expect(store.get(('../../'.repeat(21) + 'a') as Digest)).rejects.toThrow(TypeError);
  });

  test('a blob that many put at the same time is stored once', async () => {
    const store = await temporaryStore();
    const bytes = noise(400_000, 3);
    await Promise.all(Array.from({ length: 8 }, () => store.put(bytes)));
    expect([...store.contents.blobs()]).toHaveLength(1);
    expect(store.contents.sweepLeftovers(0)).toBe(0);
  });
});

describe('results and documents', () => {
  test('survive closing and opening', async () => {
    const folder = join(temporaryFolder(), 'cache');
    const first = await open(folder);
    const key = keyOf('a');
    const record = resultOf({ out: { kind: 'things', digest: await first.put(Buffer.from('x')) } });
    await first.record(key, record);
    await first.setDoc('memo', 'näme', { list: [1, 'two', null] });
    await first.close();
    const second = await open(folder);
    expect(second.result(key)).toEqual(record);
    expect(second.doc('memo', 'näme')).toEqual({ list: [1, 'two', null] });
    await second.forget(key);
    await second.removeDoc('memo', 'näme');
    expect(second.result(key)).toBeUndefined();
    expect(second.doc('memo', 'näme')).toBeUndefined();
  });

  test('documents come in the order of their ids, either way, table by table', async () => {
    const store = await temporaryStore();
    const ids = ['2024-01', '2024-02', '2023-12', 'é', '2024-02b'];
    for (const id of ids) await store.setDoc('runs', id, { id });
    await store.setDoc('rates', 'other', 1);
    await store.setDoc('traces', 'another', 1);
    const sorted = [...ids].sort();
    expect([...store.docs('runs')].map(({ id }) => id)).toEqual(sorted);
    expect([...store.docs('runs', { reverse: true })].map(({ id }) => id)).toEqual([...sorted].reverse());
    expect([...store.docs('runs', { reverse: true, limit: 2 })].map(({ value }) => value)).toEqual([
      { id: 'é' },
      { id: '2024-02b' },
    ]);
    expect([...store.docs('files')]).toEqual([]);
  });

  test('an id may be as long as a path', async () => {
    const store = await temporaryStore();
    const long = (end: string): string => `/${'folder/'.repeat(600)}${end}`;
    await store.setDoc('traces', long('a'), 'A');
    await store.setDoc('traces', long('b'), 'B');
    expect(store.doc('traces', long('a'))).toBe('A');
    expect([...store.docs('traces')].map(({ id }) => id).sort()).toEqual([long('a'), long('b')]);
  });

  test('what is written after a read in the same turn is seen once awaited', async () => {
    const store = await temporaryStore();
    const key = keyOf('late');
    expect(store.result(key)).toBeUndefined();
    await store.record(key, resultOf({}));
    expect(store.result(key)).toBeDefined();
  });
});

describe('opening', () => {
  test('a newer format is refused with both versions', async () => {
    const folder = join(temporaryFolder(), 'cache');
    await (await open(folder)).close();
    const { open: openLmdb } = createRequire(import.meta.url)('lmdb') as typeof lmdb;
    const db = openLmdb<Buffer, Buffer>({
      path: folder,
      encoding: 'binary',
      keyEncoding: 'binary',
      overlappingSync: false,
    });
    await db.put(Buffer.from('format'), packJson({ format: 7, lethe: '9.1' }));
    await db.close();
    const opened = await openStore(folder);
    expect(opened).toMatchObject({
      ok: false,
      failures: [{ reason: 'cache-newer', values: { 'its format': '7 (Lethe 9.1)', 'format known here': 1 } }],
    });
    expect(opened.ok || opened.failures[0]?.help).toMatch(/Update Lethe/);
  });

  test('a file, a folder with other files and a database of another program are not caches', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), 'x');
    expect(await openStore(join(folder, 'file'))).toMatchObject({ ok: false, failures: [{ reason: 'not-a-cache' }] });
    expect(await openStore(folder)).toMatchObject({
      ok: false,
      failures: [{ reason: 'not-a-cache', headline: expect.stringContaining('file') as string }],
    });
    const other = join(folder, 'other');
    const { open: openLmdb } = createRequire(import.meta.url)('lmdb') as typeof lmdb;
    const db = openLmdb({ path: other });
    await db.put('key', 'value');
    await db.close();
    expect(await openStore(other)).toMatchObject({ ok: false, failures: [{ reason: 'not-a-cache' }] });
    const garbage = join(folder, 'garbage');
    mkdirSync(garbage);
    writeFileSync(join(garbage, 'data.mdb'), noise(100_000, 1));
    expect(await openStore(garbage)).toMatchObject({ ok: false, failures: [{ reason: 'not-a-cache' }] });
  });

  test('a truncated index is a failure, not a crash', async () => {
    const folder = join(temporaryFolder(), 'cache');
    const store = await open(folder);
    for (let i = 0; i < 200; i++) await store.put(noise(5000, i));
    await store.close();
    const data = readFileSync(join(folder, 'data.mdb'));
    writeFileSync(join(folder, 'data.mdb'), data.subarray(0, data.length >> 1));
    expect(await openStore(folder)).toMatchObject({ ok: false, failures: [{ reason: 'cache-damaged' }] });
  });

  test('the folder may contain a README and be opened twice at the same time', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'README.md'), '# safe to delete');
    const [first, second] = [await open(folder), await open(folder)];
    const digest = await first.put(Buffer.from('shared'));
    expect(Buffer.from((await second.get(digest))!).toString()).toBe('shared');
  });
});

test('a thousand results, each with a blob, are recorded in one transaction', async () => {
  const store = await temporaryStore();
  const keys = Array.from({ length: 1000 }, (_, i) => keyOf(String(i)));
  await Promise.all(
    keys.map(async (key, i) => {
      await store.record(key, resultOf({ rows: { kind: 'rows', digest: await store.put(Buffer.from(`rows ${i}`)) } }));
    }),
  );
  for (const key of keys) expect(store.has(store.result(key)!.outputs['rows']!.digest)).toBe(true);
});
