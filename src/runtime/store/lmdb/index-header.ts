// Checks the first pages of an LMDB file before LMDB opens it: LMDB maps even a damaged or foreign file into memory,
// and the process then ends with SIGBUS or SIGSEGV. Layout: the page header and MDB_meta of the LMDB in lmdb-js 3, on
// 64-bit machines.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const MAGIC = 0xbeefc0de;
const META = 24;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

export type IndexState = 'good' | 'not-lmdb' | 'cut-short';

export function examineIndex(path: string): IndexState {
  const file = openSync(path, 'r');
  try {
    const pageBytes = readAt(file, 0)?.readUInt32LE(META + 24) ?? 0;
    const first = metaAt(file, 0);
    // the size of a page is a power of two from 512 bytes to 64 KiB
    if (!first || pageBytes < 512 || pageBytes > 65536 || (pageBytes & (pageBytes - 1)) !== 0) return 'not-lmdb';
    const second = metaAt(file, pageBytes);
    if (!second) return 'cut-short';
    const { roots } = second.transaction > first.transaction ? second : first;
    // the size is read after the pages, because other processes may be writing, and the file only grows
    const pages = BigInt(Math.floor(fstatSync(file).size / pageBytes));
    return roots.every((root) => root === NO_PAGE || root < pages) ? 'good' : 'cut-short';
  } finally {
    closeSync(file);
  }
}

interface Meta {
  readonly transaction: bigint;
  /** Numbers of the root pages of LMDB's two trees: free pages and entries. */
  readonly roots: readonly bigint[];
}

function metaAt(file: number, offset: number): Meta | undefined {
  const page = readAt(file, offset);
  if (page?.readUInt32LE(META) !== MAGIC) return undefined;
  return {
    transaction: page.readBigUInt64LE(META + 128),
    roots: [page.readBigUInt64LE(META + 64), page.readBigUInt64LE(META + 112)],
  };
}

function readAt(file: number, offset: number): Buffer | undefined {
  const bytes = Buffer.alloc(META + 136);
  return readSync(file, bytes, 0, bytes.length, offset) === bytes.length ? bytes : undefined;
}
