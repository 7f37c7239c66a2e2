// Stores large blobs and tables as files `blobs/ab/<digest>`. A file gets its final name only once it is completely on
// disk. Readers verify its content.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { open, mkdir, rename, rm, utimes } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../contracts/artifact.ts';
import { FailureError } from '../contracts/failure.ts';
import { digestBytes, isDigest } from '../contracts/keys.ts';
import { diskFull, freeBytes, storeError } from './store-failures.ts';

/** Age from which a temporary file counts as left over by a killed process, since writing never takes a day. */
const LEFTOVER_SECONDS = 24 * 3600;
/** Time after a put of a blob within which another put does not update `touched`. */
export const FRESH_SECONDS = 60;

export interface BlobFile {
  readonly digest: Digest;
  readonly path: string;
  readonly bytes: number;
  /** Time of the last put, in seconds since the epoch. */
  readonly touched: number;
}

export class BlobFiles {
  private readonly folder: string;
  private readonly root: string;
  private readonly temporary: string;
  private made = 0;

  constructor(folder: string) {
    this.folder = folder;
    this.root = join(folder, 'blobs');
    this.temporary = join(folder, 'tmp');
  }

  pathOf(digest: Digest): string {
    if (!isDigest(digest)) throw new TypeError(`not a digest: ${String(digest)}`);
    return join(this.root, digest.slice(0, 2), digest);
  }

  has(digest: Digest): boolean {
    return existsSync(this.pathOf(digest));
  }

  async read(digest: Digest): Promise<Uint8Array | undefined> {
    try {
      return await readWhole(this.pathOf(digest));
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /**
   * Writes a blob. It is durable once the promise resolves. An existing file is checked, and replaced if it is damaged.
   */
  async write(digest: Digest, bytes: Uint8Array): Promise<void> {
    try {
      if (await this.refresh(digest, bytes)) return;
      const free = freeBytes(this.folder);
      if (free !== undefined && free < bytes.length) throw new FailureError(diskFull(this.folder));
      await this.replace(digest, bytes);
    } catch (error) {
      throw storeError(this.folder, error);
    }
  }

  /** Moves a damaged file to the temporary folder, where it stays for a day so that the damage can be examined. */
  setAside(digest: Digest): void {
    try {
      mkdirSync(this.temporary, { recursive: true });
      renameSync(this.pathOf(digest), this.temporaryPath(`damaged-${digest}`));
    } catch {
      rmSync(this.pathOf(digest), { force: true });
    }
  }

  /** Deletes a blob unless it was put again since `touched`. Returns true if it was deleted. */
  removeUntouched({ digest, path, touched }: BlobFile): boolean {
    const aside = this.temporaryPath(`unused-${digest}`);
    try {
      mkdirSync(this.temporary, { recursive: true });
      renameSync(path, aside);
      if (Math.floor(statSync(aside).mtimeMs / 1000) !== touched) {
        renameSync(aside, path);
        return false;
      }
      rmSync(aside);
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return false;
      throw error;
    }
  }

  *list(): Generator<BlobFile> {
    for (const shelf of namesIn(this.root)) {
      for (const name of namesIn(join(this.root, shelf))) {
        const path = join(this.root, shelf, name);
        const stat = statSync(path, { throwIfNoEntry: false });
        if (stat?.isFile() && isDigest(name))
          yield { digest: name, path, bytes: stat.size, touched: Math.floor(stat.mtimeMs / 1000) };
      }
    }
  }

  /** Removes incomplete files of killed processes, and damaged files that were set aside. Returns the bytes freed. */
  sweepLeftovers(olderThanSeconds: number = LEFTOVER_SECONDS): number {
    let freed = 0;
    for (const name of namesIn(this.temporary)) {
      const path = join(this.temporary, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (!stat || Date.now() - stat.mtimeMs < olderThanSeconds * 1000) continue;
      rmSync(path, { force: true, recursive: true });
      freed += stat.size;
    }
    return freed;
  }

  /** Returns true if the file exists with the correct content, and updates its modification time, as a put does. */
  private async refresh(digest: Digest, bytes: Uint8Array): Promise<boolean> {
    const path = this.pathOf(digest);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return false;
    if (stat.size !== bytes.length || digestBytes(await readWhole(path)) !== digest) return false;
    if (Date.now() - stat.mtimeMs > FRESH_SECONDS * 1000) await utimes(path, new Date(), new Date());
    return existsSync(path);
  }

  private async replace(digest: Digest, bytes: Uint8Array): Promise<void> {
    const path = this.pathOf(digest);
    const shelf = join(path, '..');
    const temporary = this.temporaryPath(digest);
    try {
      const file = await this.create(temporary);
      try {
        await writeWhole(file, bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      if ((await mkdir(shelf, { recursive: true })) !== undefined) await syncFolder(this.root);
      await rename(temporary, path);
      await syncFolder(shelf);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  private async create(path: string): Promise<FileHandle> {
    try {
      return await open(path, 'wx');
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOENT') throw error;
      await mkdir(this.temporary, { recursive: true });
      return open(path, 'wx');
    }
  }

  private temporaryPath(name: string): string {
    return join(this.temporary, `${name}.${process.pid}.${Date.now()}.${this.made++}`);
  }
}

/** Reads a file with one read call where the system allows it. `readFile` of Node reads half a megabyte at a time. */
async function readWhole(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const bytes = Buffer.allocUnsafeSlow(size);
    for (let at = 0; at < size;) {
      const { bytesRead } = await file.read(bytes, at, size - at, at);
      if (bytesRead === 0) return bytes.subarray(0, at);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at, bytes.length - at)).bytesWritten;
}

/** Syncs a folder to disk, because a rename is durable only after its folder is synced. Windows cannot do this. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
