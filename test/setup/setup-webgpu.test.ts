import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { webgpuFolder } from '../../src/compute/native-folder.ts';
import { setupWebgpu } from '../../src/setup/setup-webgpu.ts';
import type { WebgpuSetupOptions } from '../../src/setup/setup-webgpu.ts';
import { webgpuRelease } from '../../src/setup/webgpu-release.ts';
import { runLethe } from '../commands/lethe.ts';
import { noWebgpu, webgpuVariables } from '../compute/webgpu-here.ts';

const linux = { platform: 'linux', arch: 'x64', glibc: '2.36' };

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'lethe-setup-'));
  vi.stubEnv('LETHE_HOME', home);
  vi.stubEnv('LETHE_WEBGPU', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

async function reasonOf(more: Partial<WebgpuSetupOptions>): Promise<string> {
  const { signal } = new AbortController();
  const done = await setupWebgpu({ machine: linux, signal, onProgress: () => undefined, ...more });
  const failure = done.ok ? undefined : done.failures[0];
  expect(failure?.help).toMatch(/\w/);
  return failure?.reason ?? '';
}

test('reports an unsupported machine before any download', async () => {
  vi.stubEnv('PATH', '');
  expect(await reasonOf({ machine: { ...linux, platform: 'freebsd' } })).toBe('unsupported-platform');
  expect(await reasonOf({ machine: { ...linux, glibc: '2.31' } })).toBe('old-glibc');
  expect(await reasonOf({ machine: { ...linux, glibc: undefined } })).toBe('no-glibc');
  expect(await reasonOf({ release: { ...webgpuRelease, bytes: 1e15 } })).toBe('disk-full');
  expect(await readdir(home)).toEqual([]);
});

test('does not touch a folder with other files', async () => {
  await mkdir(webgpuFolder());
  await writeFile(path.join(webgpuFolder(), 'thesis.txt'), 'years');
  expect(await reasonOf({})).toBe('folder-in-use');
  expect(await readdir(webgpuFolder())).toEqual(['thesis.txt']);
});

test.skipIf(noWebgpu !== undefined)('rejects a package with wrong bytes', async () => {
  const packages = webgpuRelease.packages.slice(1).map((item) => ({ ...item, integrity: 'sha512-another' }));
  expect(await reasonOf({ release: { ...webgpuRelease, packages } })).toBe('bad-checksum');
  expect(await readdir(home)).toEqual([]);
});

test.skipIf(noWebgpu !== undefined)('installs, tries, and has nothing to do the second time', async () => {
  const setup = (...args: string[]) =>
    runLethe(['setup', '--webgpu', ...args], {
      cwd: home,
      env: { ...webgpuVariables, LETHE_WEBGPU: '', LETHE_HOME: home },
    });
  const first = await setup('--json');
  expect(first.code, first.stdout).toBe(0);
  expect(first.events.at(-1)).toMatchObject({ event: 'setup-finished', built: true, version: '4.22.0' });
  expect(existsSync(path.join(webgpuFolder(), 'node_modules', 'webgpu', 'index.js'))).toBe(true);
  expect(await readdir(path.join(webgpuFolder(), 'node_modules', 'webgpu', 'dist'))).toHaveLength(1);
  const second = await setup();
  expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('was already installed') });
  // without a driver, the packages stay installed, and the failure names what is missing
  const nothing = path.join(home, 'nothing.json');
  const third = await runLethe(['setup', '--webgpu'], {
    cwd: home,
    env: { LETHE_WEBGPU: '', LETHE_HOME: home, VK_ICD_FILENAMES: nothing, VK_DRIVER_FILES: nothing },
  });
  expect(third).toMatchObject({ code: 1, stderr: expect.stringContaining('installed but finds no GPU') });
});
