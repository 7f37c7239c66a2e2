// Bench `store`: time to put and get 10,000 blobs of 1 KB and 100 blobs of 10 MB, relative to plain file writes with
// fsync and reads of the same bytes.
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../src/runtime/store/open-store.ts';
import { reported } from './measure.ts';
import type { Measurement } from './measure.ts';
import { inFolder } from './projects.ts';

const CASES = [
  { name: 'store/1KB', count: 10_000, size: 1000 },
  { name: 'store/10MB', count: 100, size: 10_000_000 },
] as const;

export async function measure(): Promise<readonly Measurement[]> {
  const measured: Measurement[] = [];
  for (const { name, count, size } of CASES) {
    measured.push(
      await inFolder(async (folder) => {
        const ours = await timeStore(join(folder, 'store'), count, size);
        const plain = timeFiles(join(folder, 'files'), count, size);
        const rate = (seconds: number): string => `${((count * size) / 1e6 / seconds).toFixed(1)} MB/s`;
        return reported(
          name,
          ours / plain,
          `${count} x ${size} bytes: store ${rate(ours)}, files with fsync ${rate(plain)}`,
        );
      }),
    );
  }
  return measured;
}

async function timeStore(folder: string, count: number, size: number): Promise<number> {
  const opened = await openStore(folder);
  if (!opened.ok) throw new Error(opened.failures[0]?.headline);
  const store = opened.value;
  const bytes = randomBytes(size);
  const start = performance.now();
  // Many small writes run at the same time, but only a few large ones, as in the engine.
  const atOnce = size > 1_000_000 ? 2 : 1000;
  const digests: Awaited<ReturnType<typeof store.put>>[] = [];
  for (let i = 0; i < count; i += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, count - i) }, (_, k) => store.put(numbered(bytes, i + k)));
    digests.push(...(await Promise.all(batch)));
  }
  for (const digest of digests) if ((await store.get(digest))?.length !== size) throw new Error('a blob was lost');
  const seconds = (performance.now() - start) / 1000;
  await store.close();
  return seconds;
}

function timeFiles(folder: string, count: number, size: number): number {
  mkdirSync(folder);
  const bytes = randomBytes(size);
  const start = performance.now();
  for (let i = 0; i < count; i += 1) {
    const file = openSync(join(folder, String(i)), 'w');
    writeSync(file, numbered(bytes, i));
    fsyncSync(file);
    closeSync(file);
  }
  for (let i = 0; i < count; i += 1) readFileSync(join(folder, String(i)));
  return (performance.now() - start) / 1000;
}

/** Returns a copy of the bytes with a number in it, so that no two blobs are equal. */
function numbered(bytes: Uint8Array, number: number): Uint8Array {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(number, 0);
  return copy;
}
