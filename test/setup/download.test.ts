import { statSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FailureError } from '../../src/runtime/contracts/failure.ts';
import { download } from '../../src/setup/download.ts';
import { findWheel } from '../../src/setup/find-wheel.ts';
import { noise, serveWheel } from './wheel-server.ts';
import type { Faults, WheelServer } from './wheel-server.ts';

let folder: string;
let server: WheelServer | undefined;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lethe-download-'));
});
afterEach(async () => {
  await server?.close();
  await rm(folder, { recursive: true });
});

const size = 300_000;

async function start(faults: Faults = {}): Promise<WheelServer> {
  return (server = await serveWheel({ 'tensorflow/libtensorflow_cc.so.2': noise(size) }, faults));
}

async function fetchWheel(from: WheelServer, index = from.index) {
  const retries: string[] = [];
  const file = path.join(folder, from.wheel.file);
  let done = 0;
  await download(
    { locate: () => findWheel(from.wheel, index), bytes: from.wheel.bytes, sha256: from.wheel.sha256, file },
    { onProgress: (bytes) => (done = bytes), onRetry: (because) => retries.push(because), pausesMs: [1, 1, 1] },
  );
  return { retries, done, content: await readFile(file) };
}

async function failureOf(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FailureError);
  return (error as FailureError).failure;
}

test('downloads a whole file once, and not again', async () => {
  const from = await start();
  const { content, done, retries } = await fetchWheel(from);
  expect(content.equals(from.bytes)).toBe(true);
  expect(done).toBe(from.bytes.length);
  expect(retries).toEqual([]);
  await fetchWheel(from);
  expect(from.ranges).toEqual(['']);
  expect(await readdir(folder)).toEqual([from.wheel.file]);
});

test('resumes after a broken connection', async () => {
  const from = await start({ breakAfter: 100_000, breaks: 2 });
  const part = path.join(folder, `${from.wheel.file}.part`);
  from.faults.arrived = (before) => (statSync(part, { throwIfNoEntry: false })?.size ?? 0) > before;
  const { content, retries } = await fetchWheel(from);
  expect(content.equals(from.bytes)).toBe(true);
  expect(retries).toHaveLength(2);
  const starts = from.ranges.map((range) => Number(/\d+/.exec(range)?.[0] ?? 0));
  expect(starts[0]).toBe(0);
  expect(starts[1]).toBeGreaterThan(0);
  expect(starts[2]).toBeGreaterThan(starts[1] ?? 0);
});

test('a later call resumes what an earlier one has left', async () => {
  const from = await start({ breakAfter: 50_000, breaks: 1 });
  from.faults.status = 403;
  await writeFile(path.join(folder, `${from.wheel.file}.part`), from.bytes.subarray(0, 120_000));
  const failure = await failureOf(fetchWheel(from));
  expect(failure.reason).toBe('download-failed');
  expect(failure.values).toMatchObject({
    why: 'the server answered 403',
    received: `120000 of ${String(from.bytes.length)} bytes`,
  });
  delete from.faults.status;
  const { content } = await fetchWheel(from);
  expect(content.equals(from.bytes)).toBe(true);
  expect(from.ranges[1]).toBe('bytes=120000-');
  expect(from.ranges).toHaveLength(3);
});

test('starts over if the server does not support ranges', async () => {
  const from = await start({ noRanges: true });
  await writeFile(path.join(folder, `${from.wheel.file}.part`), noise(1000));
  const { content } = await fetchWheel(from);
  expect(content.equals(from.bytes)).toBe(true);
});

test('a partial file with wrong bytes is deleted and downloaded again', async () => {
  const from = await start();
  await writeFile(path.join(folder, `${from.wheel.file}.part`), new Uint8Array(150_000));
  const { content, retries } = await fetchWheel(from);
  expect(content.equals(from.bytes)).toBe(true);
  expect(retries).toEqual(['the part left by an earlier download does not match its checksum']);
});

test('a partial file that is too long is deleted', async () => {
  const from = await start();
  await writeFile(path.join(folder, `${from.wheel.file}.part`), new Uint8Array(size * 2));
  expect((await fetchWheel(from)).content.equals(from.bytes)).toBe(true);
});

test('a damaged finished file is replaced', async () => {
  const from = await start();
  await writeFile(path.join(folder, from.wheel.file), new Uint8Array(from.bytes.length));
  expect((await fetchWheel(from)).content.equals(from.bytes)).toBe(true);
});

test('a wrong checksum deletes the file and says so', async () => {
  const from = await start();
  from.faults.instead = new Uint8Array(from.bytes.length);
  const failure = await failureOf(fetchWheel(from));
  expect(failure).toMatchObject({
    reason: 'bad-checksum',
    values: { file: from.wheel.file, expected: from.wheel.sha256 },
  });
  expect(await readdir(folder)).toEqual([]);
});

test('a server that sends more than it should is cut off', async () => {
  const from = await start({ instead: noise(size * 2) });
  const failure = await failureOf(fetchWheel(from));
  expect(failure.values?.['why']).toMatch(/more than/);
});

test('after a server always fails, the download stops and keeps the part received', async () => {
  const from = await start({ breakAfter: 0, breaks: 100 });
  const failure = await failureOf(fetchWheel(from));
  expect(failure.reason).toBe('download-failed');
  expect(from.ranges).toHaveLength(4);
});

test('a server that refuses connections is named without credentials', async () => {
  const from = await start();
  await from.close();
  server = undefined;
  const failure = await failureOf(fetchWheel(from, from.index.replace('//', '//user:secret@')));
  expect(failure).toMatchObject({ reason: 'index-unreachable' });
  expect(JSON.stringify(failure)).not.toContain('secret');
});

test('an index in HTML, behind a password', async () => {
  const from = await start({ html: true, password: 'me:p@ss' });
  const { content } = await fetchWheel(from, from.index.replace('//', '//me:p%40ss@'));
  expect(content.equals(from.bytes)).toBe(true);
  const failure = await failureOf(findWheel(from.wheel, from.index));
  expect(failure).toMatchObject({ reason: 'wheel-not-found', values: { 'HTTP status': 401 } });
});

test('an index without the file, and an invalid index', async () => {
  const from = await start();
  expect(await failureOf(findWheel({ ...from.wheel, file: 'other.whl' }, from.index))).toMatchObject({
    reason: 'wheel-not-found',
    values: { 'files listed': 1 },
  });
  expect(await failureOf(findWheel(from.wheel, 'file:///srv/wheels'))).toMatchObject({ reason: 'bad-index' });
});
