// Computes the digests of files and folders named in parameters. A digest depends only on content, not on path or time.
// The digest of a file is cached by the file's identity, size and times, so that unchanged content is read once.
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../contracts/artifact.ts';
import type { Failure } from '../contracts/failure.ts';
import { FailureError, fail, failure } from '../contracts/failure.ts';
import { digestTree } from '../contracts/keys.ts';
import type { TreeEntry } from '../contracts/keys.ts';
import type { Store } from './store.ts';

const CHUNK_BYTES = 2 ** 20;
/**
 * Time after the last change of a file during which its digest is not cached. Clocks of file systems are coarse, so the
 * file could change again without a change of its times.
 */
const RACY_NANOSECONDS = 2_000_000_000n;
/** Number of files of a folder that are read at the same time. */
const AT_ONCE = 16;

/** Cached digest of a file. Numbers are stored as text, because 64 bits exceed the exact range of JSON numbers. */
interface Memo {
  readonly size: string;
  readonly mtime: string;
  readonly ctime: string;
  readonly digest: Digest;
}

type MemoStore = Pick<Store, 'doc' | 'setDoc' | 'readOnly'>;

/**
 * Digest of a file's content, or of the relative paths and contents of all files below a folder. Symbolic links are
 * followed.
 * @throws FailureError `missing-file`, `unreadable-file`, `not-a-file` (a socket or device), `file-changing` (it
 * changed each time it was read)
 */
export async function digestFile(path: string, store: MemoStore): Promise<Digest> {
  const found = await statOf(path);
  return found.isDirectory() ? digestFolder(path, store) : digestOne(path, store, found);
}

/** True if the content of a file or folder still has this digest. Also false if it is missing or cannot be read. */
export async function stillSame(path: string, digest: Digest, store: MemoStore): Promise<boolean> {
  try {
    return (await digestFile(path, store)) === digest;
  } catch (error) {
    if (error instanceof FailureError) return false;
    throw error;
  }
}

async function digestFolder(root: string, store: MemoStore): Promise<Digest> {
  const paths = await filesBelow(root, '', []);
  const entries: TreeEntry[] = new Array<TreeEntry>(paths.length);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < paths.length; i = next++) {
      const relative = paths[i] as string;
      const path = join(root, relative);
      entries[i] = [relative, await digestOne(path, store, await statOf(path))];
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, paths.length) }, work));
  return digestTree(entries);
}

/**
 * Relative paths, separated by `/`, of all files below a folder. `above` identifies the folders that contain this
 * folder. A link back to one of them is not followed.
 */
async function filesBelow(root: string, below: string, above: readonly string[]): Promise<string[]> {
  const folder = join(root, below);
  const { dev, ino } = await statOf(folder);
  const self = `${dev}:${ino}`;
  if (above.includes(self)) return [];
  const paths: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true }).catch((error: unknown) =>
    fail(unreadable(folder, error)),
  )) {
    const relative = below === '' ? entry.name : `${below}/${entry.name}`;
    const isFolder =
      entry.isDirectory() || (entry.isSymbolicLink() && (await statOf(join(root, relative))).isDirectory());
    if (isFolder) paths.push(...(await filesBelow(root, relative, [...above, self])));
    else paths.push(relative);
  }
  return paths;
}

async function digestOne(path: string, store: MemoStore, found: BigIntStats): Promise<Digest> {
  if (!found.isFile()) fail(failure('not-a-file', { path }));
  const id = `${found.dev}:${found.ino}`;
  const known = store.doc<Memo>('files', id);
  if (known && matches(known, found)) return known.digest;
  const { digest, stats } = await readWhole(path);
  if (!store.readOnly && !isRacy(stats)) {
    const memo: Memo = { size: String(stats.size), mtime: String(stats.mtimeNs), ctime: String(stats.ctimeNs), digest };
    // a full disk is ignored, because the cached digest only saves time
    await store.setDoc('files', `${stats.dev}:${stats.ino}`, memo).catch((error: unknown) => {
      if (!(error instanceof FailureError)) throw error;
    });
  }
  return digest;
}

function matches(memo: Memo, { size, mtimeNs, ctimeNs }: BigIntStats): boolean {
  return memo.size === String(size) && memo.mtime === String(mtimeNs) && memo.ctime === String(ctimeNs);
}

function isRacy({ mtimeNs, ctimeNs }: BigIntStats): boolean {
  const now = BigInt(Date.now()) * 1_000_000n;
  return now - mtimeNs < RACY_NANOSECONDS || now - ctimeNs < RACY_NANOSECONDS;
}

/**
 * Digest of a file. A file that changes while it is read is read again. Fails with `file-changing` after three
 * attempts.
 */
async function readWhole(path: string): Promise<{ readonly digest: Digest; readonly stats: BigIntStats }> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const file = await open(path, 'r').catch((error: unknown) => fail(unreadable(path, error)));
    try {
      const before = await file.stat({ bigint: true });
      const digest = await hashContent(file, path);
      const after = await file.stat({ bigint: true });
      if (before.size === after.size && before.mtimeNs === after.mtimeNs) return { digest, stats: after };
    } finally {
      await file.close();
    }
  }
  return fail(failure('file-changing', { path }));
}

async function hashContent(file: FileHandle, path: string): Promise<Digest> {
  const content = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await file
      .read(buffer, 0, CHUNK_BYTES, null)
      .catch((error: unknown) => fail(unreadable(path, error)));
    if (bytesRead === 0) return content.digest('hex') as Digest;
    content.update(buffer.subarray(0, bytesRead));
  }
}

async function statOf(path: string): Promise<BigIntStats> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw new FailureError(unreadable(path, error));
    return fail(failure('missing-file', { file: path }));
  }
}

function unreadable(path: string, error: unknown): Failure {
  const { code, message } = error as { code?: string; message: string };
  return failure('unreadable-file', { path, why: code ?? message });
}
