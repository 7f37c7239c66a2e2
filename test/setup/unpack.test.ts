import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
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

test('names that lead out of the folder are not wanted', () => {
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
  await expect(unpacking).rejects.toMatchObject({ failure: { reason: 'bad-wheel', values: { file: wheel } } });
});

function tarEntry(name: string, content: string, type = '0'): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(content.length.toString(8).padStart(11, '0'), 124);
  header.write(type, 156);
  return Buffer.concat([header, Buffer.from(content.padEnd(Math.ceil(content.length / 512) * 512, '\0'))]);
}

test('a tarball with long names unpacks below its folder', async () => {
  const tarball = path.join(folder, 'a.tgz');
  const entries = [
    tarEntry('package/a.txt', 'one'),
    tarEntry('package/empty.txt', ''),
    tarEntry('x', `30 path=package/long/name.txt\n`, 'x'),
    tarEntry('package/short', 'two'),
    tarEntry('package/dir', '', '5'),
  ];
  await writeFile(tarball, gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)])));
  await unpackTarball(tarball, path.join(folder, 'out'));
  expect((await readdir(path.join(folder, 'out'), { recursive: true })).sort()).toEqual([
    'a.txt',
    'empty.txt',
    'long',
    'long/name.txt',
  ]);
  expect(await readFile(path.join(folder, 'out/long/name.txt'), 'utf8')).toBe('two');
});

test('a tarball that names files outside is refused', async () => {
  const tarball = path.join(folder, 'a.tgz');
  await writeFile(tarball, gzipSync(Buffer.concat([tarEntry('package/../../evil', 'x'), Buffer.alloc(1024)])));
  await expect(unpackTarball(tarball, path.join(folder, 'out'))).rejects.toThrow(/outside/);
  await writeFile(tarball, gzipSync(tarEntry('package/a', 'x'.repeat(600)).subarray(0, 1000)));
  await expect(unpackTarball(tarball, path.join(folder, 'out'))).rejects.toThrow(/damaged/);
});
