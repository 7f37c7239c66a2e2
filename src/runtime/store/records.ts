// Encodes the keys and values of the entries of the index. A value in JSON has a checksum that reveals damage.
import { crc32 } from 'node:zlib';
import { digestId } from '../contracts/keys.ts';

/** First letter of the keys, by type of entry. */
const TAGS = { blob: 'b', result: 'r', lease: 'l', owner: 'o', document: 'd' } as const;
type Tag = keyof typeof TAGS;

/** Common prefix of the keys of all entries of one type. */
export function prefixOf(tag: Tag): Buffer {
  return Buffer.from(TAGS[tag]);
}

/** Key of an entry that is identified by a digest. */
export function digestKey(tag: 'blob' | 'result' | 'lease', digest: string): Buffer {
  if (digest.length !== 64) throw new TypeError(`not a digest: ${digest}`);
  const key = Buffer.allocUnsafe(33);
  key[0] = TAGS[tag].charCodeAt(0);
  if (key.write(digest, 1, 'hex') !== 32) throw new TypeError(`not a digest: ${digest}`);
  return key;
}

export function digestOfKey(key: Buffer): string {
  return key.toString('hex', 1);
}

export function ownerKey(owner: string): Buffer {
  return Buffer.from(TAGS.owner + owner, 'latin1');
}

const LONGEST_ID = 1000;

/**
 * Key of a document. The documents of a table are ordered by id. An id too long for the index is shortened; the full id
 * is stored with the value.
 */
export function documentKey(table: string, id: string): Buffer {
  const key = Buffer.from(`${TAGS.document}${table}\0${id}`);
  if (key.length <= LONGEST_ID) return key;
  return Buffer.concat([key.subarray(0, LONGEST_ID - 66), Buffer.from(`\0#${digestId(id)}`)]);
}

export function documentPrefix(table: string): Buffer {
  return Buffer.from(`${TAGS.document}${table}\0`);
}

/** Key of the entry with the format version of the cache. */
export const FORMAT_KEY: Buffer = Buffer.from('format', 'latin1');

/** Encodes a value as JSON, preceded by a checksum. */
export function packJson(value: unknown): Buffer {
  const text = JSON.stringify(value);
  const bytes = Buffer.allocUnsafe(4 + Buffer.byteLength(text));
  bytes.write(text, 4);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

/** Decodes a value. Returns undefined if the bytes are damaged. */
export function unpackJson(bytes: Buffer): unknown {
  if (bytes.length < 5 || crc32(bytes.subarray(4)) !== bytes.readUInt32LE(0)) return undefined;
  return JSON.parse(bytes.toString('utf8', 4));
}

/**
 * Encodes a small blob, preceded by the time of its last put (in seconds since the epoch), which garbage collection
 * needs.
 */
export function packBlob(bytes: Uint8Array, touched: number): Buffer {
  const packed = Buffer.allocUnsafe(4 + bytes.length);
  packed.writeUInt32LE(touched, 0);
  packed.set(bytes, 4);
  return packed;
}

export function unpackBlob(packed: Buffer): { readonly bytes: Uint8Array; readonly touched: number } | undefined {
  if (packed.length < 4) return undefined;
  return {
    touched: packed.readUInt32LE(0),
    bytes: new Uint8Array(packed.buffer, packed.byteOffset + 4, packed.length - 4),
  };
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
