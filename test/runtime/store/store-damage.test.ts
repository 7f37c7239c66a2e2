import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';
import type * as lmdb from 'lmdb';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../../src/runtime/contracts/artifact.ts';
import { openArtifact, writeTable } from '../../../src/runtime/store/artifact-io.ts';
import { digestKey, packBlob } from '../../../src/runtime/store/records.ts';
import { keyOf, noise, open, resultOf, temporaryStore } from './temporary-store.ts';

interface Damage {
  readonly digest: Digest;
  readonly where: string;
}

async function watched() {
  const damages: Damage[] = [];
  const store = await temporaryStore({ onDamage: (digest, where) => damages.push({ digest, where }) });
  return { store, damages };
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);
}

/** Changes an entry of the index directly, without the store. */
async function overwrite(folder: string, key: Buffer, change: (value: Buffer) => Buffer): Promise<void> {
  const { open: openLmdb } = createRequire(import.meta.url)('lmdb') as typeof lmdb;
  const db = openLmdb<Buffer, Buffer>({
    path: folder,
    encoding: 'binary',
    keyEncoding: 'binary',
    overlappingSync: false,
  });
  await db.put(key, change(db.getBinary(key)!));
  await db.close();
}

describe('a damaged file', () => {
  test.each([
    ['one bit flipped', (path: string) => flip(path, 200_000)],
    ['cut short', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 1000))],
    ['emptied', (path: string) => writeFileSync(path, '')],
    ['longer', (path: string) => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from('x')]))],
  ])('%s: is a miss, is reported once with its path, and a put mends it', async (_, damage) => {
    const { store, damages } = await watched();
    const bytes = noise(300_000, 1);
    const digest = await store.put(bytes);
    const path = store.path(digest)!;
    damage(path);
    expect(await store.get(digest)).toBeUndefined();
    expect(damages).toEqual([{ digest, where: path }]);
    expect(store.has(digest)).toBe(false);
    expect(await store.get(digest)).toBeUndefined();
    expect(damages).toHaveLength(1);
    expect(await store.put(bytes)).toBe(digest);
    expect(Buffer.compare((await store.get(digest))!, bytes)).toBe(0);
    expect(damages).toHaveLength(1);
  });

  test('is repaired by a put alone', async () => {
    const { store } = await watched();
    const bytes = noise(300_000, 2);
    const digest = await store.put(bytes);
    flip(store.path(digest)!, 5);
    await store.put(bytes);
    expect(Buffer.compare(readFileSync(store.path(digest)!), bytes)).toBe(0);
  });

  test('a damaged Arrow file is never returned', async () => {
    const { store, damages } = await watched();
    const kind = { name: 'numbers', doc: 'd', codec: 'table', columns: { x: { type: 'float64', doc: 'x' } } } as const;
    const artifact = await writeTable(store, kind, [{ x: 1 }, { x: 2 }]);
    const path = store.path(artifact.table)!;
    flip(path, readFileSync(path).length - 100);
    await expect(openArtifact(store, artifact).rows()).rejects.toMatchObject({
      failure: { reason: 'blob-missing', values: { blob: artifact.table } },
    });
    expect(damages).toEqual([{ digest: artifact.table, where: path }]);
    expect(await writeTable(store, kind, [{ x: 1 }, { x: 2 }])).toEqual(artifact);
    expect(await openArtifact(store, artifact).rows()).toEqual([{ x: 1 }, { x: 2 }]);
  });
});

describe('a damaged entry of the index', () => {
  test('a blob is a miss, is reported, and a put repairs it', async () => {
    const { store, damages } = await watched();
    const digest = await store.put(Buffer.from('small'));
    await store.close();
    await overwrite(store.folder, digestKey('blob', digest), () => packBlob(Buffer.from('smell'), 1));
    const again = await open(store.folder, { onDamage: (found, where) => damages.push({ digest: found, where }) });
    expect(again.has(digest)).toBe(true);
    expect(await again.get(digest)).toBeUndefined();
    expect(damages).toEqual([{ digest, where: `${store.folder}/data.mdb` }]);
    await again.put(Buffer.from('small'));
    expect(Buffer.from((await again.get(digest))!).toString()).toBe('small');
  });

  test.each([
    ['a bit flipped', (value: Buffer) => Buffer.from(value.map((byte, i) => (i === 20 ? byte ^ 4 : byte)))],
    ['cut short', (value: Buffer) => value.subarray(0, 3)],
    ['replaced', () => Buffer.from('{"outputs":{}}')],
  ])('a result %s is a miss and is reported', async (_, change) => {
    const { store, damages } = await watched();
    const key = keyOf('r');
    await store.record(key, resultOf({}));
    await store.close();
    await overwrite(store.folder, digestKey('result', key), change);
    const again = await open(store.folder, { onDamage: (digest, where) => damages.push({ digest, where }) });
    expect(again.result(key)).toBeUndefined();
    expect(damages).toHaveLength(1);
    await again.record(key, resultOf({}));
    expect(again.result(key)).toBeDefined();
  });
});
