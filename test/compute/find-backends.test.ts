// Order in which `auto` tries the backends. A package is found by its files; nothing is loaded here.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { autoOrder, findBackends } from '../../src/compute/find-backends.ts';
import { findWebgpu, hasGpuDevice } from '../../src/compute/load-webgpu.ts';
import { webgpuFolder } from '../../src/compute/native-folder.ts';

/** The backends that these tests install and remove; the project may have others. */
const NAMES = ['tensorflow', 'webgpu', 'wasm', 'cpu'];
const found = (): string[] => findBackends().filter((name) => NAMES.includes(name));
const order = (): string[] => autoOrder().filter((name) => NAMES.includes(name));

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'lethe-find-'));
  vi.stubEnv('LETHE_HOME', home);
  vi.stubEnv('LETHE_TENSORFLOW', path.join(home, 'nothing'));
  vi.stubEnv('LETHE_WEBGPU', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

async function put(folder: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(path.join(folder, 'node_modules', name), { recursive: true });
    await writeFile(path.join(folder, 'node_modules', name, 'package.json'), JSON.stringify({ name }));
  }
}
const both = ['webgpu', '@tensorflow/tfjs-backend-webgpu'];

async function putTensorflow(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'lib', 'napi-v8'), { recursive: true });
  await writeFile(path.join(folder, 'lib', 'napi-v8', 'tfjs_binding.node'), '');
  vi.stubEnv('LETHE_TENSORFLOW', folder);
}

test('webgpu consists of two packages, in the folder of the setup or in LETHE_WEBGPU', async () => {
  const mine = path.join(home, 'mine');
  vi.stubEnv('LETHE_WEBGPU', mine);
  expect(findWebgpu()).toBeUndefined();
  await put(mine, 'webgpu');
  expect(findWebgpu()).toBeUndefined();
  expect(found()).toEqual(['wasm', 'cpu']);
  await put(mine, ...both);
  const [webgpu, backend] = both.map((name) => path.join(mine, 'node_modules', name));
  expect(findWebgpu()).toEqual({ webgpu, backend });
  vi.stubEnv('LETHE_WEBGPU', '');
  await put(webgpuFolder(), ...both);
  expect(found()).toContain('webgpu');
});

test('auto tries TensorFlow with CUDA, webgpu where there is a GPU, TensorFlow, wasm, cpu', async () => {
  await put(webgpuFolder(), ...both);
  const gpu = hasGpuDevice() ? ['webgpu'] : [];
  expect(order()).toEqual([...gpu, 'wasm', 'cpu']);
  const tensorflow = path.join(home, 'tfjs-node');
  await putTensorflow(tensorflow);
  expect(found()).toEqual(['tensorflow', 'webgpu', 'wasm', 'cpu']);
  expect(order()).toEqual([...gpu, 'tensorflow', 'wasm', 'cpu']);
  await mkdir(path.join(tensorflow, 'deps', 'nvidia'), { recursive: true });
  expect(order()).toEqual(['tensorflow', ...gpu, 'wasm', 'cpu']);
});
