// Entries of the index: the bytes of their keys and values, and the detection of damage.
import { crc32 } from 'node:zlib';
import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical } from '../../../src/runtime/contracts/canonical.ts';
import {
  FORMAT_KEY,
  digestKey,
  digestOfKey,
  documentKey,
  documentPrefix,
  nowSeconds,
  ownerKey,
  packBlob,
  packJson,
  prefixOf,
  unpackBlob,
  unpackJson,
} from '../../../src/runtime/store/records.ts';

const digest = hash('sha256', 'x');

describe('keys of entries', () => {
  it('begin with the letter of their type', () => {
    const letters = (['blob', 'result', 'lease', 'owner', 'document'] as const).map((tag) => prefixOf(tag).toString());
    expect(letters).toEqual(['b', 'r', 'l', 'o', 'd']);
    expect(FORMAT_KEY.toString()).toBe('format');
  });

  it.each(['blob', 'result', 'lease'] as const)('name a digest by its bytes: %s', (tag) => {
    const key = digestKey(tag, digest);
    expect(key.toString('hex')).toBe(prefixOf(tag).toString('hex') + digest);
    expect(digestOfKey(key)).toBe(digest);
  });

  it('reject a text that is not a digest', () => {
    expect(() => digestKey('blob', digest.slice(1))).toThrow(new TypeError(`not a digest: ${digest.slice(1)}`));
    expect(() => digestKey('blob', `${digest}0`)).toThrow('not a digest');
    const letter = `${digest.slice(0, -1)}g`;
    expect(() => digestKey('blob', letter)).toThrow(new TypeError(`not a digest: ${letter}`));
  });

  it('name owners and documents by their text', () => {
    expect(ownerKey('4711-\u00e9')).toEqual(Buffer.from('o4711-\u00e9', 'latin1'));
    expect(documentKey('runs', '\u00fc')).toEqual(Buffer.from('druns\0\u00fc', 'utf8'));
    expect(documentPrefix('r\u00fcns')).toEqual(Buffer.from('dr\u00fcns\0', 'utf8'));
    expect(documentKey('r\u00fcns', 'a').subarray(0, 7)).toEqual(documentPrefix('r\u00fcns'));
  });

  it('shorten an id that is too long, and distinguish it by its digest', () => {
    const room = 1000 - 'druns\0'.length;
    expect(documentKey('runs', 'a'.repeat(room))).toEqual(Buffer.from(`druns\0${'a'.repeat(room)}`));
    const long = 'a'.repeat(room + 1);
    const key = documentKey('runs', long);
    expect(key.toString()).toBe(`druns\0${'a'.repeat(1000 - 66 - 6)}\0#${hash('sha256', canonical(['id/1', long]))}`);
    expect(key).toHaveLength(1000);
    expect(documentKey('runs', `${long}b`)).not.toEqual(key);
  });
});

describe('values of entries', () => {
  it('are JSON with a checksum in front', () => {
    const bytes = packJson({ a: ['\u00e9'] });
    expect(bytes.toString('utf8', 4)).toBe('{"a":["\u00e9"]}');
    expect(bytes.readUInt32LE(0)).toBe(crc32(bytes.subarray(4)));
    expect(unpackJson(packJson(0))).toBe(0);
  });

  it('are restored unchanged, and rejected once a bit has changed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.nat(7), (value, at, bit) => {
        const bytes = packJson(value);
        expect(unpackJson(bytes)).toEqual(JSON.parse(JSON.stringify(value)));
        bytes[at % bytes.length]! ^= 1 << bit;
        expect(unpackJson(bytes)).toBeUndefined();
      }),
    );
    for (const length of [0, 3, 4]) expect(unpackJson(Buffer.alloc(length))).toBeUndefined();
  });

  it('hold a small blob with its time, wherever they lie in memory', () => {
    const packed = packBlob(Uint8Array.of(7, 8, 9), 0x12345678);
    expect(Array.from(packed)).toEqual([0x78, 0x56, 0x34, 0x12, 7, 8, 9]);
    const inside = Buffer.concat([Buffer.alloc(3, 1), packed, Buffer.alloc(2, 2)]).subarray(3, 10);
    expect(unpackBlob(inside)).toEqual({ bytes: Uint8Array.of(7, 8, 9), touched: 0x12345678 });
    expect(unpackBlob(packBlob(new Uint8Array(0), 5))).toEqual({ bytes: new Uint8Array(0), touched: 5 });
    expect(unpackBlob(Buffer.alloc(3))).toBeUndefined();
  });

  it('are timed in whole seconds', () => {
    const before = Math.floor(Date.now() / 1000);
    const now = nowSeconds();
    expect(Number.isInteger(now)).toBe(true);
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Math.floor(Date.now() / 1000));
  });
});
