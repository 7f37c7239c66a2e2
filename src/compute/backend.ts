// Chooses, loads and activates a tfjs backend. One backend is active in a process at a time; workers are processes.
// What backends do differently is in kernels/; nothing else may ask which backend it runs on.
import { createRequire } from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { BackendError } from './backend-error.ts';
import { BACKENDS } from './backend-names.ts';
import type { BackendName } from './backend-names.ts';
import type { Kernels } from './kernels/kernels.ts';
import { autoOrder } from './find-backends.ts';
import { findTensorflow, loadTensorflow } from './load-tensorflow.ts';
import { loadWebgpu, webgpuAdapter } from './load-webgpu.ts';
import type { Adapter } from './webgpu-device.ts';

export interface Backend {
  readonly name: BackendName;
  /** Of the arithmetic: of TensorFlow's library, or of the tfjs package. */
  readonly version: string;
  readonly tf: typeof tf;
  readonly kernels: Kernels;
  /** Uses one core however many there are: run one process per core. */
  readonly singleThreaded: boolean;
  /** Computes on a GPU, which wants many images at once. */
  readonly gpu: boolean;
  /** The GPU, where that is chosen by the system. */
  readonly adapter?: Adapter;
}

const require = createRequire(import.meta.url);
const loaded = new Map<BackendName, Promise<Backend>>();

/**
 * Loads a backend and makes it the active one of this process. `auto` takes the first of `autoOrder` that loads, and no GPU that a
 * processor plays.
 * @param name default: the environment variable LETHE_BACKEND, else `auto`
 * @throws Error when the backend named is unknown or does not load, saying why
 */
export async function loadBackend(name: string = process.env['LETHE_BACKEND'] || 'auto'): Promise<Backend> {
  const wanted = name === 'auto' ? autoOrder() : BACKENDS.filter((known) => known === name);
  if (wanted.length === 0) throw new Error(`there is no backend "${name}"; there are auto, ${BACKENDS.join(', ')}`);
  const reasons: string[] = [];
  for (const candidate of wanted) {
    try {
      if (name === 'auto' && candidate === 'webgpu') await refuseSoftware();
      const backend = await (loaded.get(candidate) ?? remember(candidate));
      if (tf.getBackend() !== candidate) await activate(candidate);
      return backend;
    } catch (error) {
      reasons.push(`${candidate}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new BackendError({
    reason: 'no-backend',
    headline: `no tensor backend could be loaded (${reasons.join('; ')})`,
    help: '`lethe doctor` lists the backends that work here; choose one with --backend or LETHE_BACKEND.',
  });
}

async function refuseSoftware(): Promise<void> {
  const { name, software } = await webgpuAdapter();
  if (software) throw new Error(`${name} is no GPU but a program that plays one`);
}

function remember(name: BackendName): Promise<Backend> {
  const promise = load(name);
  loaded.set(name, promise);
  promise.catch(() => loaded.delete(name)); // the next call tries again
  const profile = process.env['LETHE_PROFILE'];
  if (profile) void promise.then(() => import('./kernel-profile.ts')).then((one) => one.profileProcess(profile));
  return promise;
}

function load(name: BackendName): Promise<Backend> {
  switch (name) {
    case 'tensorflow':
      return loadNative();
    case 'webgpu':
      return loadOnGpu();
    case 'wasm':
      return loadWasm();
    case 'cpu':
      return loadCpu();
  }
}

async function loadNative(): Promise<Backend> {
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1'; // by default only on processors with AVX-512, but much faster without, too
  const reasons: string[] = [];
  for (const folder of findTensorflow()) {
    try {
      const { version, binding } = loadTensorflow(folder);
      await activate('tensorflow');
      const [{ tensorflowKernels }, { isOnGpu }] = await Promise.all([
        import('./kernels/tensorflow.ts'),
        import('./kernels/native-operations.ts'),
      ]);
      const singleThreaded = process.env['TF_NUM_INTRAOP_THREADS'] === '1';
      return { name: 'tensorflow', version, tf, kernels: tensorflowKernels(binding), singleThreaded, gpu: isOnGpu() };
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(reasons.length > 0 ? reasons.join('; ') : 'not installed; `lethe setup` installs it');
}

async function loadOnGpu(): Promise<Backend> {
  const { version, adapter } = await loadWebgpu();
  await activate('webgpu');
  const { webgpuKernels } = await import('./kernels/webgpu.ts');
  return {
    name: 'webgpu',
    version,
    tf,
    kernels: webgpuKernels,
    singleThreaded: false,
    gpu: !adapter.software,
    adapter,
  };
}

async function loadWasm(): Promise<Backend> {
  const { setWasmPaths, version_wasm: version } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false); // its threads do not start in Node
  await activate('wasm');
  const { wasmKernels } = await import('./kernels/wasm.ts');
  return { name: 'wasm', version, tf, kernels: wasmKernels, singleThreaded: true, gpu: false };
}

async function loadCpu(): Promise<Backend> {
  const { version_cpu: version } = await import('@tensorflow/tfjs-backend-cpu');
  await activate('cpu');
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false; // it would advertise another package on stderr
  const { cpuKernels } = await import('./kernels/cpu.ts');
  return { name: 'cpu', version, tf, kernels: cpuKernels, singleThreaded: true, gpu: false };
}

async function activate(name: BackendName): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`the ${name} backend does not start here`);
  await tf.ready();
}
