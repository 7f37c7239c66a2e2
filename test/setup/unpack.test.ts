import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unpackTarball } from '../../src/setup/unpack-tarball.ts';
import { placeOf, unpackWheel } from '../../src/setup/unpack-wheel.ts';
import { noise } from './wheel-server.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lethe-unpack-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a wheel gives libraries and headers, and nothing else', async () => {
  const wheel = path.join(folder, 'a.whl');
  const library = noise(700_000);
  const members = {
    'tensorflow/python/x.py': strToU8('x'),
    'tensorflow/libtensorflow_cc.so.2': library,
    'tensorflow/libtensorflow_framework.so.2': [noise(5), { level: 0 }] as [Uint8Array, { level: 0 }],
    'tensorflow/include/tensorflow/c/c_api.h': strToU8('// c'),
    'tensorflow/include/tensorflow/compiler/x.h': strToU8('// no'),
    'nvidia/cublas/lib/libcublas.so.12': strToU8('elf'),
    'nvidia/cuda_nvcc/bin/ptxas': [strToU8('elf'), { os: 3, attrs: 0o100755 << 16 }] as [
      Uint8Array,
      { os: number; attrs: number },
    ],
    'nvidia/cublas/include/cublas.h': strToU8('// no'),
  };
  await writeFile(wheel, zipSync(members));
  const told: [number, number][] = [];
  await unpackWheel(wheel, path.join(folder, 'deps'), (...progress) => told.push(progress));
  const files = (await readdir(path.join(folder, 'deps'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(path.join(folder, 'deps'), path.join(entry.parentPath, entry.name)))
    .sort();
  expect(files).toEqual([
    'include/tensorflow/c/c_api.h',
    'lib/libtensorflow_cc.so.2',
    'lib/libtensorflow_framework.so.2',
    'nvidia/cublas/lib/libcublas.so.12',
    'nvidia/cuda_nvcc/bin/ptxas',
  ]);
  const unpacked = await readFile(path.join(folder, 'deps/lib/libtensorflow_cc.so.2'));
  expect(createHash('md5').update(unpacked).digest('hex')).toBe(createHash('md5').update(library).digest('hex'));
  expect((await stat(path.join(folder, 'deps/nvidia/cuda_nvcc/bin/ptxas'))).mode & 0o111).toBe(0o111);
  expect((await stat(path.join(folder, 'deps/include/tensorflow/c/c_api.h'))).mode & 0o111).toBe(0);
  expect(told.at(-1)?.[0]).toBe(told.at(-1)?.[1]);
});

test('names that lead out of the folder are ignored', () => {
  expect(placeOf('../tensorflow/libtensorflow_cc.so.2')).toBeUndefined();
  expect(placeOf('nvidia/cublas/lib/')).toBeUndefined();
  expect(placeOf('tensorflow/include/tensorflow/c/eager/c_api.h')).toBe('include/tensorflow/c/eager/c_api.h');
});

test.each([
  ['no zip', (zip: Uint8Array) => zip.subarray(0, 2000)],
  ['an empty file', () => new Uint8Array(0)],
  ['a damaged member', (zip: Uint8Array) => zip.map((byte, i) => (i > 200 && i < 400 ? byte ^ 255 : byte))],
  ['a zip of other things', () => zipSync({ 'a.txt': strToU8('a') })],
])('%s is a failure that names the file', async (_name, spoil) => {
  const wheel = path.join(folder, 'a.whl');
  const good = zipSync({
    'tensorflow/libtensorflow_cc.so.2': strToU8('compressible '.repeat(9000) + String(noise(999))),
  });
  await writeFile(wheel, spoil(good));
  const unpacking = unpackWheel(wheel, path.join(folder, 'deps'), () => undefined);
  await expect(unpacking).rejects.toMatchObject({ failure: { reason: 'bad-archive', values: { file: wheel } } });
});

const FIELDS = { name: 0, mode: 100, size: 124, checksum: 148, type: 156, link: 157, magic: 257 } as const;

/** One entry of a tar archive, with a valid checksum. */
function tarEntry(name: string, content: string, type = '0', link = ''): Buffer {
  const header = Buffer.alloc(512);
  const size = content.length.toString(8).padStart(11, '0');
  const given = { name, mode: '0000755', size, checksum: ' '.repeat(8), type, link, magic: 'ustar\u000000' };
  for (const [field, text] of Object.entries(given)) header.write(text, FIELDS[field as keyof typeof FIELDS]);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, FIELDS.checksum);
  return Buffer.concat([header, Buffer.from(content.padEnd(Math.ceil(content.length / 512) * 512, '\0'))]);
}

const tarball = (...entries: readonly Buffer[]): Buffer => gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]));

/** Unpacks bytes into a new folder and lists all files in it. */
async function unpacked(bytes: Uint8Array, mostBytes?: number): Promise<Readonly<Record<string, string>>> {
  const file = path.join(folder, 'a.tgz');
  const out = path.join(folder, 'out');
  await rm(out, { recursive: true, force: true });
  await writeFile(file, bytes);
  await unpackTarball(file, out, mostBytes);
  return filesIn(out);
}

async function filesIn(root: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => path.join(entry.parentPath, entry.name));
  const texts = await Promise.all(files.map(async (file) => [path.relative(root, file), await readFile(file, 'utf8')]));
  return Object.fromEntries(texts) as Record<string, string>;
}

test('a tarball with long names unpacks below its folder, without links', async () => {
  const entries = [
    tarEntry('package/a.txt', 'one'),
    tarEntry('package/empty.txt', ''),
    tarEntry('x', `30 path=package/long/name.txt\n`, 'x'),
    tarEntry('package/short', 'two'),
    tarEntry('package/dir', '', '5'),
    tarEntry('package/soft', '', '2', '/etc/passwd'),
    tarEntry('package/hard', '', '1', 'package/a.txt'),
  ];
  expect(await unpacked(tarball(...entries))).toEqual({ 'a.txt': 'one', 'empty.txt': '', 'long/name.txt': 'two' });
});

test.each([
  ['files outside', tarball(tarEntry('package/../../evil', 'x'))],
  ['absolute names', tarball(tarEntry('package//evil', 'x'))],
  ['no end', gzipSync(tarEntry('package/a', 'x'.repeat(600)).subarray(0, 1000))],
  ['a wrong checksum', tarball(tarEntry('package/a', 'x').fill('y', 0, 1))],
  ['only links', tarball(tarEntry('package/a', '', '2', 'b'))],
  ['nothing', new Uint8Array(0)],
  ['no archive', Buffer.from('no archive at all')],
])('a tarball with %s is a failure that names the file', async (_name, bytes) => {
  await expect(unpacked(bytes)).rejects.toMatchObject({
    failure: { reason: 'bad-archive', values: { file: path.join(folder, 'a.tgz') } },
  });
  expect(await readdir(folder)).not.toContain('evil');
});

test('a tarball is limited to a number of bytes', async () => {
  const bytes = tarball(tarEntry('package/a', 'x'.repeat(600)), tarEntry('package/b', 'x'.repeat(400)));
  expect(Object.keys(await unpacked(bytes, 1000))).toEqual(['a', 'b']);
  await expect(unpacked(bytes, 999)).rejects.toMatchObject({ failure: { reason: 'bad-archive' } });
});

/** Changes of an archive: bytes replaced, a piece removed, or the end removed. */
const mutation = fc.oneof(
  fc.record({
    kind: fc.constant('bytes'),
    at: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
  }),
  fc.record({ kind: fc.constant('cut'), from: fc.nat(), length: fc.integer({ min: 1, max: 600 }) }),
  fc.record({ kind: fc.constant('end'), from: fc.nat() }),
);

function mutated(bytes: Uint8Array, change: typeof mutation extends fc.Arbitrary<infer T> ? T : never): Uint8Array {
  const copy = Uint8Array.from(bytes);
  if ('at' in change) {
    for (const [at, byte] of change.at) copy[at % copy.length] = byte;
    return copy;
  }
  const from = change.from % copy.length;
  return 'length' in change
    ? Buffer.concat([copy.subarray(0, from), copy.subarray(from + change.length)])
    : copy.subarray(0, from);
}

/**
 * Checks that unpacking either ends with a failure or gives files with the right content, and writes nothing outside of
 * the folder. No checksum of either format covers the names of all files.
 */
async function holds(unpack: () => Promise<void>, out: string, right: readonly string[]): Promise<void> {
  await rm(out, { recursive: true, force: true });
  const beside = await readdir(folder);
  const error = await unpack().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect((await readdir(folder)).filter((name) => name !== path.basename(out))).toEqual(beside);
  if (error === undefined) for (const content of Object.values(await filesIn(out))) expect(right).toContain(content);
  else expect(error).toMatchObject({ failure: { reason: 'bad-archive' } });
}

test('a changed tarball gives a failure or the right bytes', async () => {
  const right = { 'a.txt': 'one '.repeat(300), 'lib/b.txt': 'two', 'long/name.txt': 'three' };
  const bytes = tarball(
    tarEntry('package/a.txt', right['a.txt']),
    tarEntry('package/lib/b.txt', 'two'),
    tarEntry('x', `30 path=package/long/name.txt\n`, 'x'),
    tarEntry('package/short', 'three'),
  );
  const out = path.join(folder, 'out');
  const file = path.join(folder, 'a.tgz');
  const property = fc.asyncProperty(mutation, async (change) => {
    await writeFile(file, mutated(bytes, change));
    await holds(() => unpackTarball(file, out), out, Object.values(right));
  });
  await fc.assert(property, { numRuns: 400 });
});

test('a changed wheel gives a failure or the right bytes', async () => {
  const text = 'compressible '.repeat(200);
  const right = {
    'lib/libtensorflow_cc.so.2': text,
    'include/tensorflow/c/c_api.h': '// c',
    'nvidia/x/lib/y.so': 'elf',
  };
  const bytes = zipSync({
    'tensorflow/libtensorflow_cc.so.2': strToU8(text),
    'tensorflow/include/tensorflow/c/c_api.h': [strToU8('// c'), { level: 0 }],
    'nvidia/x/lib/y.so': strToU8('elf'),
    'tensorflow/python/x.py': strToU8('x'),
  });
  const out = path.join(folder, 'deps');
  const file = path.join(folder, 'a.whl');
  const property = fc.asyncProperty(mutation, async (change) => {
    await writeFile(file, mutated(bytes, change));
    await holds(() => unpackWheel(file, out, () => undefined), out, Object.values(right));
  });
  await fc.assert(property, { numRuns: 400 });
});
