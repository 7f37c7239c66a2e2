// Downloads one file. An interrupted download resumes; a file with a wrong digest is deleted. This file does not depend
// on what is downloaded.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fail, failure, FailureError } from '../runtime/contracts/failure.ts';
import { bare, httpGet } from './http-get.ts';
import type { HttpOptions } from './http-get.ts';

export interface Download {
  /** Finds the address of the file. Called only if something must be downloaded. */
  locate(): Promise<URL>;
  readonly bytes: number;
  readonly sha256: string;
  /** Path of the file once it is complete. Until then, the data are in `<file>.part`. */
  readonly file: string;
}

export interface DownloadOptions extends HttpOptions {
  onProgress(done: number, total: number): void;
  onRetry(because: string): void;
  /**
   * Pauses between attempts, in milliseconds. After an attempt that received data, the first pause follows. After an
   * attempt that received no data, the next pause follows. The download fails if no pause is left.
   */
  readonly pausesMs?: readonly number[];
}

const pausesMs = [250, 1000, 3000];
const mostAttempts = 100; // enough for a connection that breaks every few MB

/**
 * Downloads a file and checks its digest. If an earlier call left a part of the file, the download resumes there.
 * @throws FailureError `download-failed` (the part stays for the next call) or `bad-checksum` (the file is deleted)
 */
export async function download(what: Download, options: DownloadOptions): Promise<void> {
  if ((await sizeOf(what.file)) === what.bytes && (await sha256Of(what.file)) === what.sha256) return;
  const part = `${what.file}.part`;
  if ((await sizeOf(part)) > what.bytes) await rm(part);
  const resumed = (await sizeOf(part)) > 0;
  const url = await what.locate();
  await fetchAll(what, url, part, options);
  if ((await sha256Of(part)) === what.sha256) return rename(part, what.file);
  await rm(part);
  if (resumed) {
    options.onRetry('the part left by an earlier download does not match its checksum');
    return download(what, options);
  }
  const { bytes, sha256: expected } = what;
  fail(failure('bad-checksum', { file: nameOf(what), from: shown(url), bytes, expected }));
}

/**
 * Downloads until the part is complete. Every attempt resumes where the attempt before it ended. Only attempts that
 * receive no data count as failed.
 */
async function fetchAll(what: Download, url: URL, part: string, options: DownloadOptions): Promise<void> {
  for (let fruitless = 0, attempts = 0; (await sizeOf(part)) < what.bytes; attempts++) {
    const before = await sizeOf(part);
    try {
      await fetchRest(what, url, part, before, options);
    } catch (error) {
      if (options.signal?.aborted || error instanceof FailureError || isDiskError(error)) throw error;
      fruitless = (await sizeOf(part)) > before ? 1 : fruitless + 1;
      const waitMs = (options.pausesMs ?? pausesMs)[fruitless - 1];
      if (waitMs === undefined || attempts === mostAttempts)
        failDownload(what, url, message(error), await sizeOf(part));
      options.onRetry(message(error));
      await pause(waitMs, undefined, options.signal ? { signal: options.signal } : {});
    }
  }
}

async function fetchRest(
  what: Download,
  url: URL,
  part: string,
  from: number,
  options: DownloadOptions,
): Promise<void> {
  const headers = {
    ...options.headers,
    'accept-encoding': 'identity',
    ...(from > 0 ? { range: `bytes=${String(from)}-` } : {}),
  };
  const { status, body, header, drop } = await httpGet(url, { ...options, headers });
  if (status !== 200 && status !== 206) {
    await drop();
    if (status >= 500 || status === 408 || status === 429) throw new Error(`the server answered ${String(status)}`);
    if (status === 416 && from > 0) {
      await rm(part, { force: true });
      throw new Error('the server does not support resuming a download');
    }
    failDownload(what, url, `the server answered ${String(status)}`, from);
  }
  const goesOn = status === 206 && new RegExp(`^bytes ${String(from)}-`).test(header('content-range') ?? '');
  await append(body, part, goesOn ? from : 0, what, options);
}

/**
 * Appends each chunk of the body to the part as it arrives. If the connection breaks, all bytes of the part so far are
 * valid.
 */
async function append(
  body: AsyncIterable<Buffer>,
  part: string,
  from: number,
  what: Download,
  options: DownloadOptions,
): Promise<void> {
  let done = from;
  const file = await open(part, from > 0 ? 'a' : 'w');
  try {
    for await (const chunk of body) {
      done += chunk.length;
      // checked while writing, because a server that sends too much would fill the disk
      if (done > what.bytes) throw new Error(`received more than ${String(what.bytes)} bytes`);
      await file.writeFile(chunk);
      options.onProgress(done, what.bytes);
    }
  } finally {
    await file.close();
  }
  if (done < what.bytes) throw new Error(`received only ${String(done)} of ${String(what.bytes)} bytes`);
}

function failDownload(what: Download, url: URL, why: string, have: number): never {
  const { bytes, file: target } = what;
  fail(failure('download-failed', { file: nameOf(what), from: shown(url), why, have, bytes, target }));
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  );
}

function isDiskError(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Returns the message of an error, or its code if the message is empty, as it is for many network errors. */
export function message(error: unknown): string {
  const { message: text, code } = error as NodeJS.ErrnoException;
  return text || code || String(error);
}

function nameOf(what: Download): string {
  return what.file.slice(what.file.lastIndexOf('/') + 1);
}

function shown(url: URL): string {
  return bare(url).href;
}
