import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { loadBackend } from '../../src/compute/backend.ts';
import { watchKernels } from '../../src/compute/kernel-profile.ts';
import { isOnGpu } from '../../src/compute/kernels/native-operations.ts';
import { bindingFile, findTensorflow, loadTensorflow } from '../../src/compute/load-tensorflow.ts';
import { nativeFolder, nativePackage } from '../../src/compute/native-folder.ts';

const present = findTensorflow()[0];

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'lethe-load-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

async function fakePackage(folder: string, ...versions: string[]): Promise<string> {
  for (const version of versions) {
    await mkdir(path.join(folder, 'lib', version), { recursive: true });
    await writeFile(path.join(folder, 'lib', version, 'tfjs_binding.node'), 'no library');
  }
  return folder;
}

test('LETHE_HOME moves the folder', () => {
  vi.stubEnv('LETHE_HOME', home);
  expect(nativeFolder()).toBe(path.join(home, 'tensorflow'));
  vi.stubEnv('LETHE_HOME', '');
  expect(nativeFolder()).toMatch(/lethe.tensorflow$/);
});

test('finds the package that setup built, but only LETHE_TENSORFLOW if it is set', async () => {
  vi.stubEnv('LETHE_TENSORFLOW', '');
  vi.stubEnv('LETHE_HOME', home);
  const built = nativePackage();
  expect(findTensorflow()).not.toContain(built);
  await fakePackage(built, 'napi-v8');
  expect(findTensorflow().at(-1)).toBe(built);
  await mkdir(path.join(built, 'deps', 'nvidia'), { recursive: true });
  expect(findTensorflow()[0]).toBe(built);
  const chosen = await fakePackage(path.join(home, 'mine'), 'napi-v3', 'napi-v10', 'napi-v8', 'other');
  vi.stubEnv('LETHE_TENSORFLOW', chosen);
  expect(findTensorflow()).toEqual([chosen]);
  expect(bindingFile(chosen)).toBe(path.join(chosen, 'lib', 'napi-v10', 'tfjs_binding.node'));
  vi.stubEnv('LETHE_TENSORFLOW', path.join(home, 'nothing'));
  expect(findTensorflow()).toEqual([]);
});

test('a package that does not load throws and leaves module resolution as it was', async () => {
  const broken = await fakePackage(path.join(home, 'broken'), 'napi-v8');
  expect(() => loadTensorflow(broken)).toThrow(/file too short|invalid|not a valid|mach-o|Win32/i);
  expect(() => createRequire(import.meta.url)('@tensorflow/tfjs') as unknown).toThrow(/Cannot find module/);
});

test.runIf(present !== undefined)(
  'the native backend computes on tensors of our own tfjs-core, and frees them',
  async () => {
    const loaded = loadTensorflow(present ?? '');
    expect(loaded.version).toMatch(/^2\.\d+\.\d+/);
    expect(loadTensorflow('another folder')).toBe(loaded);
    expect(await tf.setBackend('tensorflow')).toBe(true);
    const before = tf.memory().numTensors;
    const sums = tf.tidy(() =>
      tf.conv2d(tf.ones<tf.Rank.R4>([1, 3, 3, 1]), tf.ones<tf.Rank.R4>([3, 3, 1, 1]), 1, 'same').dataSync(),
    );
    expect([...sums]).toEqual([4, 6, 4, 6, 9, 6, 4, 6, 4]);
    const masked = tf.tidy(() => {
      const backend = tf.backend() as unknown as {
        executeSingleOutput(name: string, attributes: object[], inputs: tf.Tensor[]): tf.Tensor;
      };
      const type = { name: 'T', type: loaded.binding['TF_ATTR_TYPE'], value: loaded.binding['TF_FLOAT'] };
      return backend
        .executeSingleOutput('ReluGrad', [type], [tf.tensor1d([1, 2, 3]), tf.tensor1d([-1, 0, 1])])
        .dataSync();
    });
    expect([...masked]).toEqual([0, 0, 3]);
    expect(tf.memory().numTensors).toBe(before);
  },
);

test.runIf(present !== undefined && present === nativePackage())(
  'what setup built passes lists, so that a convolution adds and rectifies in its own pass',
  async () => {
    const { kernels } = await loadBackend('tensorflow');
    if (isOnGpu()) return; // oneDNN's operations are only for the CPU
    const filter = tf.ones<tf.Rank.R4>([3, 3, 1, 1]);
    const geometry = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 } as const;
    const convolution = kernels.convolution(filter, geometry);
    expect(convolution.takesAddend).toBe(true);
    const { kernels: profile, stop } = watchKernels();
    const x = tf.ones<tf.Rank.R4>([1, 2, 2, 1]);
    const sums = convolution.forward(x, {
      bias: tf.tensor1d([-1]),
      addend: tf.tensor4d([1, -4, 0, -3], x.shape),
      relu: true,
    });
    expect([...sums.dataSync()]).toEqual([4, 0, 3, 0]); // 4 pixels - 1 + the addend
    stop();
    expect(profile().map(({ kernel }) => kernel)).toEqual(['_MklNativeFusedConv2D']);
  },
);
