// Reads a zip's directory and unpacks chosen members, streaming: memory stays bounded whatever their size.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

export interface ZipMember {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly compressed: number;
  readonly size: number;
  readonly executable: boolean;
  /** Where the member's local header starts. */
  readonly offset: number;
}

/** Lists the members of a zip of less than 4 GiB. @throws Error when the file is no such zip. */
export async function listZip(file: string): Promise<ZipMember[]> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const tail = await read(handle, Math.max(0, size - 66_000), Math.min(size, 66_000));
    const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
    if (end < 0 || end + 22 > tail.length) throw new Error('not a zip file, or cut short');
    const bytes = tail.readUInt32LE(end + 12);
    const start = tail.readUInt32LE(end + 16);
    if (start + bytes > size) throw new Error('not a zip file of less than 4 GiB, or cut short');
    return members(await read(handle, start, bytes), tail.readUInt16LE(end + 10));
  } finally {
    await handle.close();
  }
}

function members(directory: Buffer, count: number): ZipMember[] {
  const found: ZipMember[] = [];
  for (let at = 0; found.length < count;) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50)
      throw new Error('damaged zip directory');
    const nameLength = directory.readUInt16LE(at + 28);
    found.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      compressed: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      executable: ((directory.readUInt32LE(at + 38) >>> 16) & 0o111) !== 0,
      offset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return found;
}

/** Writes one member to a file, making its folder. @throws Error when the member is damaged. */
export async function unpackMember(
  zip: string,
  member: ZipMember,
  file: string,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const start = await dataStart(zip, member);
  await mkdir(path.dirname(file), { recursive: true });
  let size = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      size += chunk.length;
      onBytes(chunk.length);
      next(null, chunk);
    },
  });
  const target = createWriteStream(file, { mode: member.executable ? 0o755 : 0o644 });
  const options = signal ? { signal } : {};
  // An empty range cannot be asked of a read stream.
  const source = createReadStream(zip, {
    start,
    end: start + Math.max(member.compressed, 1) - 1,
    highWaterMark: 1 << 18,
  });
  if (member.method === 8) await pipeline(source, createInflateRaw({ chunkSize: 1 << 18 }), meter, target, options);
  else if (member.method === 0 && member.size > 0) await pipeline(source, meter, target, options);
  else if (member.method === 0) await pipeline([], target, options);
  else throw new Error(`${member.name}: unknown compression ${String(member.method)}`);
  if (size !== member.size) throw new Error(`${member.name}: ${String(size)} bytes instead of ${String(member.size)}`);
}

async function dataStart(zip: string, member: ZipMember): Promise<number> {
  const handle = await open(zip);
  try {
    const header = await read(handle, member.offset, 30);
    if (header.readUInt32LE(0) !== 0x04034b50) throw new Error(`${member.name}: damaged`);
    return member.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await handle.close();
  }
}

async function read(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  if (bytesRead < length) throw new Error('the zip is cut short');
  return buffer;
}
