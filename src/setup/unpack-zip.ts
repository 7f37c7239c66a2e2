// Unpacks selected members of a zip archive with yauzl, as streams, so that memory stays bounded. Sizes and checksums
// are verified.
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { openPromise } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';

export interface UnpackZip {
  /** Returns the target path of a member; undefined if the member is not needed. */
  readonly place: (name: string) => string | undefined;
  /** Receives the number of bytes unpacked so far, and the number of bytes of all needed members. */
  readonly onProgress: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Unpacks the needed members and returns their number.
 * @throws Error if the file is not a zip archive, or if a needed member is damaged
 */
export async function unpackZip(file: string, { place, onProgress, signal }: UnpackZip): Promise<number> {
  const zip = await openPromise(file, { autoClose: false });
  try {
    const wanted: { readonly entry: Entry; readonly target: string }[] = [];
    for await (const entry of zip.eachEntry()) {
      const target = place(entry.fileName);
      if (target !== undefined) wanted.push({ entry, target });
    }
    const total = wanted.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
    let done = 0;
    for (const { entry, target } of wanted)
      await unpackMember(zip, entry, { target, onBytes: (bytes) => onProgress((done += bytes), total), signal });
    return wanted.length;
  } finally {
    zip.close();
  }
}

interface Member {
  readonly target: string;
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

async function unpackMember(zip: ZipFile, entry: Entry, { target, onBytes, signal }: Member): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  let checksum = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      checksum = crc32(chunk, checksum);
      onBytes(chunk.length);
      next(null, chunk);
    },
  });
  const isExecutable = ((entry.externalFileAttributes >>> 16) & 0o111) !== 0;
  const file = createWriteStream(target, { mode: isExecutable ? 0o755 : 0o644 });
  await pipeline(await zip.openReadStreamPromise(entry), meter, file, signal ? { signal } : {});
  if (checksum !== entry.crc32) throw new Error(`${entry.fileName}: wrong checksum`);
}
