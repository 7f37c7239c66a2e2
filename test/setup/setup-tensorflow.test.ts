import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { nativePackage } from '../../src/compute/native-folder.ts';
import { ownIdentity } from '../../src/runtime/contracts/process-identity.ts';
import { checkMachine, compareVersions, thisMachine } from '../../src/setup/check-machine.ts';
import { cpuRelease, gpuRelease } from '../../src/setup/native-release.ts';
import type { NativeRelease, NpmPackage } from '../../src/setup/native-release.ts';
import { findProgram } from '../../src/setup/run-program.ts';
import { setupTensorflow } from '../../src/setup/setup-tensorflow.ts';
import type { SetupOptions } from '../../src/setup/setup-tensorflow.ts';
import { noise, serveWheel } from './wheel-server.ts';
import type { Faults, WheelServer } from './wheel-server.ts';

const linux = { platform: 'linux', arch: 'x64', glibc: '2.36' };
const canCompile = process.platform === 'linux' && findProgram(['g++']) !== undefined;

let home: string;
let server: WheelServer | undefined;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'lethe-setup-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.close();
  server = undefined;
  await rm(home, { recursive: true });
});

const folder = () => path.join(home, 'tensorflow');

async function serve(members: Record<string, Uint8Array>, faults: Faults = {}): Promise<NativeRelease> {
  server = await serveWheel(members, faults);
  vi.stubEnv('PIP_INDEX_URL', server.index);
  vi.stubEnv('CXX', process.execPath); // this compiler exists, but these tests end before it is needed, unless they choose a real one
  return { version: '1.0', variant: 'cpu', packages: [], wheels: [server.wheel] };
}

function setup(release: NativeRelease, more: Partial<SetupOptions> = {}) {
  const signal = new AbortController().signal;
  return setupTensorflow({ folder: folder(), release, machine: linux, signal, onProgress: () => undefined, ...more });
}

async function reasonOf(result: ReturnType<typeof setup>): Promise<string> {
  const done = await result;
  expect(done.ok).toBe(false);
  const failure = done.ok ? undefined : done.failures[0];
  expect(failure?.help).toMatch(/\w/);
  return failure?.reason ?? '';
}

const library = { 'tensorflow/libtensorflow_cc.so.2': noise(200_000) };

test('an unsupported platform gets a failure with the supported ones', async () => {
  const release = await serve(library);
  const done = await setup(release, { machine: { platform: 'darwin', arch: 'arm64', glibc: undefined } });
  expect(done).toMatchObject({ ok: false, failures: [{ reason: 'unsupported-platform' }] });
  expect(done.ok ? '' : done.failures[0]?.help).toMatch(/wasm.*@tensorflow\/tfjs-node/);
  expect(await readdir(home)).toEqual([]);
});

test('an old or another C library', async () => {
  const release = await serve(library);
  expect(await reasonOf(setup(release, { machine: { ...linux, glibc: '2.12' } }))).toBe('old-glibc');
  expect(await reasonOf(setup(release, { machine: { ...linux, glibc: undefined } }))).toBe('no-glibc');
  expect(() => checkMachine({ ...linux, glibc: '2.17' })).not.toThrow();
  expect(thisMachine()).toMatchObject({ platform: process.platform, arch: process.arch });
  expect(compareVersions('2.9', '2.17')).toBeLessThan(0);
  expect(compareVersions('2.17', '2.17')).toBe(0);
  expect(compareVersions('2.17.1', '2.17')).toBeGreaterThan(0);
});

test('a missing compiler is reported before anything is downloaded', async () => {
  const release = await serve(library);
  vi.stubEnv('CXX', '');
  vi.stubEnv('PATH', '');
  expect(await reasonOf(setup(release))).toBe('no-compiler');
  expect(server?.ranges).toEqual([]);
});

test('a folder that cannot be written', async () => {
  const release = await serve(library);
  await writeFile(path.join(home, 'file'), '');
  expect(await reasonOf(setup(release, { folder: path.join(home, 'file', 'tensorflow') }))).toBe('unwritable-folder');
});

test('a disk without room', async () => {
  const release = await serve(library);
  const wheels = release.wheels.map((wheel) => ({ ...wheel, bytes: 1e15 }));
  expect(await reasonOf(setup({ ...release, wheels }))).toBe('disk-full');
});

test('a folder with other files is not touched', async () => {
  const release = await serve(library);
  await mkdir(folder());
  await writeFile(path.join(folder(), 'thesis.txt'), 'years');
  expect(await reasonOf(setup(release))).toBe('folder-in-use');
  expect(await readFile(path.join(folder(), 'thesis.txt'), 'utf8')).toBe('years');
});

test('a package chosen by the environment that does not work', async () => {
  const release = await serve(library);
  vi.stubEnv('LETHE_TENSORFLOW', home);
  const signal = new AbortController().signal;
  const done = setupTensorflow({ release, machine: linux, signal, onProgress: () => undefined });
  expect(await reasonOf(done)).toBe('bad-chosen-package');
  expect(server?.ranges).toEqual([]);
});

test('two setups at once', async () => {
  const release = await serve(library);
  const mark = `${folder()}.lock.${randomUUID()}`;
  await writeFile(mark, JSON.stringify(ownIdentity()));
  expect(await reasonOf(setup(release))).toBe('setup-running');
  // the lock file of a dead owner does not count
  await writeFile(mark, JSON.stringify({ ...ownIdentity(), start: '1' }));
  expect(await reasonOf(setup(release))).not.toBe('setup-running');
  expect(existsSync(mark)).toBe(false);
});

test('a failure does not damage an earlier setup, and keeps the partial download', async () => {
  const release = await serve(library, { breakAfter: 40_000, breaks: 1 });
  await mkdir(nativePackage(folder()), { recursive: true });
  await writeFile(path.join(folder(), 'lethe-native.json'), '{}');
  if (server) server.faults.status = 404;
  expect(await reasonOf(setup(release))).toBe('download-failed');
  expect(await readdir(home)).toEqual(['tensorflow', 'tensorflow.downloads']);
  expect(await readdir(folder())).toEqual(['lethe-native.json', 'node_modules']);
});

test('a wheel that is damaged at the source', async () => {
  const release = await serve(library);
  if (server) server.faults.instead = new Uint8Array(server.bytes.length);
  expect(await reasonOf(setup(release))).toBe('bad-checksum');
  expect(await readdir(path.join(home, 'tensorflow.downloads'))).toEqual([]);
});

test('an interrupted setup leaves no half folder and goes on later', async () => {
  const release = await serve(library, { breakAfter: 50_000, breaks: 1 });
  const part = path.join(home, 'tensorflow.downloads', `${server?.wheel.file ?? ''}.part`);
  if (server) server.faults.arrived = () => statSync(part, { throwIfNoEntry: false })?.size === 50_000;
  const stop = new AbortController();
  const result = setup(release, {
    signal: stop.signal,
    onProgress: (event) => event.event === 'setup-retry' && stop.abort(),
  });
  expect(await reasonOf(result)).toBe('setup-interrupted');
  expect(await readdir(home)).toEqual(['tensorflow.downloads']);
  expect((await readFile(part)).length).toBe(50_000);
});

/** The lines of a binding's source at which the cases for lists are inserted; here none of them is compiled. */
const SWITCH = '#if 0\ncase TF_ATTR_STRING: {\ncase TF_ATTR_TYPE: {\n#endif\n';

/** A minimal package: C++ that compiles, libraries to link, and a backend that cannot start. */
async function tinyRelease(source: string): Promise<NativeRelease> {
  const code = path.join(home, 'code');
  await mkdir(path.join(code, 'binding'), { recursive: true });
  await mkdir(path.join(code, 'include'));
  await writeFile(path.join(code, 'package.json'), JSON.stringify({ name: 'tiny', version: '1.0.0' }));
  await writeFile(path.join(code, 'binding', 'tfjs_backend.cc'), source);
  await writeFile(path.join(code, 'include', 'node_api.h'), '#define TINY 1\n');
  const so = path.join(home, 'empty.so');
  await writeFile(path.join(home, 'empty.cc'), 'int tiny_library() { return 1; }\n');
  execFileSync('g++', ['-shared', '-fPIC', '-o', so, path.join(home, 'empty.cc')]);
  const bytes = new Uint8Array(await readFile(so));
  const header = new TextEncoder().encode('#define TINY_C 1\n');
  const release = await serve({
    'tensorflow/libtensorflow_cc.so.2': bytes,
    'tensorflow/libtensorflow_framework.so.2': bytes,
    'tensorflow/include/tensorflow/c/c_api.h': header,
  });
  vi.stubEnv('CXX', 'g++');
  const tarball = pack(code);
  const packages = ['@tensorflow/tfjs-node', 'node-api-headers'].map((name) => ({
    ...tarball,
    into: `node_modules/${name}`,
  }));
  return { ...release, packages };
}

function pack(code: string): Omit<NpmPackage, 'into'> {
  execFileSync('npm', ['pack', code, '--pack-destination', home], { stdio: 'ignore' });
  const digest = createHash('sha512').update(readFileSync(path.join(home, 'tiny-1.0.0.tgz')));
  return { spec: code, file: 'tiny-1.0.0.tgz', integrity: `sha512-${digest.digest('base64')}` };
}

test.runIf(canCompile)('what is built but does not work is not installed', async () => {
  const release = await tinyRelease(
    `#include <node_api.h>\n#include "tensorflow/c/c_api.h"\n${SWITCH}int x = TINY + TINY_C;\n`,
  );
  const stages: string[] = [];
  const done = await setup(release, { onProgress: (event) => stages.push(event.stage) });
  expect(done).toMatchObject({
    ok: false,
    failures: [{ reason: 'native-does-not-load', values: { tensorflow: '1.0' } }],
  });
  expect([...new Set(stages)]).toEqual(['check', 'packages', 'download', 'unpack', 'compile', 'try']);
  expect(existsSync(folder())).toBe(false);
  expect(existsSync(`${folder()}.new`)).toBe(false);
});

test.runIf(canCompile)('the output of the compiler is shown; a package with wrong bytes is rejected', async () => {
  const release = await tinyRelease(`#include "tensorflow/c/c_api.h"\n${SWITCH}int x = MISSING;\n`);
  const done = await setup(release);
  expect(done).toMatchObject({ ok: false, failures: [{ reason: 'compile-failed' }] });
  expect(String(done.ok ? '' : done.failures[0]?.values?.['said'])).toMatch(/MISSING/);
  const packages = release.packages.map((item) => ({ ...item, integrity: 'sha512-other' }));
  expect(await reasonOf(setup({ ...release, packages }))).toBe('bad-checksum');
  const missing = [{ ...release.packages[0], spec: path.join(home, 'nowhere') } as NpmPackage];
  expect(await reasonOf(setup({ ...release, packages: missing }))).toBe('npm-failed');
});

test.runIf(canCompile)('a binding of another source than expected is not compiled', async () => {
  const release = await tinyRelease('int x = 1;\n');
  const done = await setup(release);
  expect(done).toMatchObject({ ok: false, failures: [{ reason: 'unexpected-source' }] });
});

test('every file of both releases is pinned', () => {
  for (const { packages, wheels } of [cpuRelease, gpuRelease]) {
    for (const item of packages) expect(item.integrity).toMatch(/^sha512-[\w+/]{86}==$/);
    for (const wheel of wheels) {
      expect(wheel.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(wheel.file.startsWith(`${wheel.project.replaceAll('-', '_')}-`)).toBe(true);
      expect(wheel.bytes).toBeGreaterThan(100_000);
    }
  }
});
