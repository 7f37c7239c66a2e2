import { describe, expect, test } from 'vitest';
import type { Digest, Manifest } from '../../../src/runtime/contracts/artifact.ts';
import { decodeManifest, encodeManifest, readManifest, refsOf } from '../../../src/runtime/store/manifest.ts';
import { failureOf } from '../../failure-of.ts';
import { temporaryStore } from './temporary-store.ts';

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(64)) as [Digest, Digest, Digest, Digest];
const items = [{ id: c, digest: c, refs: [d], name: 'c.png', seen: { label: 1, mask: d } }];
const table: Manifest = { kind: 'k', table: a, refs: [b], items };
const value: Manifest = { kind: 'k', value: null, refs: [] };

describe('a manifest', () => {
  test('is restored as it was written', () => {
    for (const manifest of [table, value]) expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest);
  });

  test('names every blob it needs', () => {
    expect([...refsOf(table)].sort()).toEqual([a, b, c, d]);
    expect([...refsOf(value)]).toEqual([]);
    // a digest in `seen` is not a reference; only those in `refs` are
    expect([...refsOf({ ...value, items: [{ id: a, digest: a, seen: { mask: b } }] })]).toEqual([a]);
  });

  test('is distinguished from other JSON blobs', () => {
    const others = [
      '{"kind":"k","refs":3,"value":1}',
      '{"kind":"k","refs":["x"],"value":1}',
      '{"kind":"k","refs":[]}',
      '{"kind":"k","refs":[],"table":"x"}',
      '{"items":[1],"kind":"k","refs":[],"value":1}',
      `{"items":[{"digest":"${a}","id":"${a}","refs":"${a}"}],"kind":"k","refs":[],"value":1}`,
      '{"kind":"k',
      '[{"kind":"k"}]',
      '',
    ];
    for (const text of others) expect([text, decodeManifest(Buffer.from(text))]).toEqual([text, undefined]);
  });

  test('that is gone is a failure that names its blob', async () => {
    const store = await temporaryStore();
    expect(await failureOf(readManifest(store, a))).toMatchObject({
      reason: 'blob-missing',
      data: { blob: a, cache: store.folder },
    });
  });
});
