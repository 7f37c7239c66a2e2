// Finds two packages: `webgpu` (Dawn, the WebGPU of Node) and tfjs's backend for WebGPU. Registers the backend with
// Lethe's copy of tfjs-core. This file downloads nothing; src/setup does.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as tf from '@tensorflow/tfjs-core';
import { fail, failure } from '../runtime/contracts/failure.ts';
import { SETTINGS, variableText } from '../runtime/contracts/settings.ts';
import { webgpuFolder } from './native-folder.ts';
import { redirectCore } from './redirect-core.ts';
import { DeviceTrouble, describeAdapter, requestDevice } from './webgpu-device.ts';
import type { Adapter, Gpu, GpuAdapter, GpuDevice } from './webgpu-device.ts';

/** Folders of the packages `webgpu` and `@tensorflow/tfjs-backend-webgpu`. */
export interface WebgpuPackages {
  readonly webgpu: string;
  readonly backend: string;
}

export interface Webgpu {
  /** Version of tfjs's WebGPU backend. */
  readonly version: string;
  readonly adapter: Adapter;
}

const require = createRequire(import.meta.url);

/**
 * Finds the two packages in the `node_modules` of the folder in LETHE_WEBGPU. If LETHE_WEBGPU is not set, the packages
 * are looked for beside Lethe, in the working folder, and in the folder of `lethe setup --webgpu`. Returns undefined if
 * a package is missing. Loads nothing.
 */
export function findWebgpu(): WebgpuPackages | undefined {
  const chosen = variableText(SETTINGS.webgpu);
  const anchors = chosen ? [anchorIn(chosen)] : [require, anchorIn(process.cwd()), anchorIn(webgpuFolder())];
  const [webgpu, backend] = [find('webgpu', anchors), find('@tensorflow/tfjs-backend-webgpu', anchors)];
  return webgpu === undefined || backend === undefined ? undefined : { webgpu, backend };
}

const anchorIn = (folder: string): NodeJS.Require => createRequire(path.resolve(folder, 'package.json'));

function find(name: string, anchors: readonly NodeJS.Require[]): string | undefined {
  for (const anchor of anchors) {
    try {
      return path.dirname(anchor.resolve(`${name}/package.json`));
    } catch {
      // not installed there
    }
  }
  return undefined;
}

/**
 * Returns true if the system may have a GPU: on Linux, if it has a GPU device file; elsewhere always. Takes far less
 * than a millisecond, whereas asking Dawn takes a quarter of a second.
 */
export function hasGpuDevice(): boolean {
  if (process.platform !== 'linux') return true;
  const isThere = (file: string): boolean => existsSync(path.join('/dev', file));
  return isThere('nvidiactl') || isThere('dxg') || (isThere('dri') && readdirSync('/dev/dri').some(isRenderNode));
}

const isRenderNode = (name: string): boolean => name.startsWith('renderD');

let found: Promise<GpuAdapter> | undefined;
/**
 * Reference that prevents Dawn from being freed before the process ends. Adapters and devices that outlive Dawn crash
 * the process.
 */
let gpu: Gpu | undefined;

/**
 * Returns the adapter on which Dawn would compute.
 * @throws FailureError `backend-not-installed` or `no-gpu`
 */
export async function webgpuAdapter(): Promise<Adapter> {
  return describeAdapter(await (found ??= requestAdapter(installed())));
}

function installed(): WebgpuPackages {
  const packages = findWebgpu();
  if (packages !== undefined) return packages;
  return fail(failure('backend-not-installed', { name: 'webgpu', command: 'lethe setup --webgpu' }));
}

async function requestAdapter({ webgpu }: WebgpuPackages): Promise<GpuAdapter> {
  const dawn = (await import(pathToFileURL(path.join(webgpu, 'index.js')).href)) as {
    create(options: readonly string[]): Gpu;
    readonly globals: object;
  };
  Object.assign(globalThis, dawn.globals); // GPUBuffer and other globals, which tfjs expects as in a browser
  gpu ??= dawn.create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) fail(failure('no-gpu', { missing: whatIsMissing() }));
  return adapter;
}

function whatIsMissing(): string {
  if (process.platform !== 'linux') return 'the graphics driver offers no WebGPU device; update it';
  const drivers = [process.env['VK_DRIVER_FILES'], process.env['VK_ICD_FILENAMES']].find((list) => list);
  if (drivers) return `the Vulkan drivers named in the environment (${drivers}) offer no device that Dawn accepts`;
  return 'it needs the Vulkan loader (Debian, Ubuntu: `apt-get install libvulkan1`) and the Vulkan driver of the GPU (of NVIDIA, or `mesa-vulkan-drivers` 23 or later); `vulkaninfo --summary` lists the drivers and devices found';
}

let loaded: Promise<Webgpu> | undefined;

/**
 * Registers tfjs's backend under the name `webgpu`, without making it the active one. Takes a quarter of a second.
 * @throws Error if the backend does not load; a FailureError if there is advice for the user
 */
export async function loadWebgpu(packages = installed()): Promise<Webgpu> {
  try {
    return await (loaded ??= load(packages));
  } catch (error) {
    loaded = found = undefined; // forget the failed attempt, so that the next call tries again
    throw error;
  }
}

interface Backend extends tf.KernelBackend {
  readonly tensorMap: { get(id: object): { readonly values?: unknown } };
}
interface Library {
  readonly WebGPUBackend: new (device: GpuDevice, info: GpuAdapter['info']) => Backend;
}

async function load(packages: WebgpuPackages): Promise<Webgpu> {
  const { backend: folder } = packages;
  const adapter = await (found ??= requestAdapter(packages));
  const device = await requestDevice(adapter);
  process.once('exit', () => device.destroy()); // otherwise Dawn crashes if a result is still awaited
  const core = require('@tensorflow/tfjs-core') as typeof tf;
  const trouble = new DeviceTrouble(device);
  const backend = withNavigator(() => {
    const restore = redirectCore(require.resolve('@tensorflow/tfjs-core'));
    try {
      const library = anchorIn(folder)('./dist/tf-backend-webgpu.node.js') as Library;
      return new (guarded(library.WebGPUBackend, trouble))(device, adapter.info);
    } finally {
      restore();
    }
  });
  core.removeBackend('webgpu'); // tfjs's own factory would request a second adapter and report no errors
  core.registerBackend('webgpu', () => backend, 3);
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string };
  return { version, adapter: describeAdapter(adapter) };
}

/**
 * Returns a subclass of the backend. Its reads fail with the errors that the device reports asynchronously. Its
 * synchronous reads fail if the values are only on the GPU.
 */
function guarded(Base: Library['WebGPUBackend'], trouble: DeviceTrouble): Library['WebGPUBackend'] {
  return class extends Base {
    override read(id: object): Promise<tf.backend_util.BackendValues> {
      return trouble.guard(() => super.read(id));
    }
    override readSync(id: object): tf.backend_util.BackendValues {
      const { values } = this.tensorMap.get(id);
      if (values) return values as tf.backend_util.BackendValues;
      throw new Error('a GPU cannot be read synchronously: use `await tensor.data()` instead of dataSync()');
    }
  };
}

/**
 * Defines `navigator.gpu` while tfjs starts, because tfjs looks for it. `navigator` is restored afterwards, because
 * other libraries would take the process for a browser.
 */
function withNavigator<T>(run: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: {} }, configurable: true });
  try {
    return run();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'navigator');
    else Object.defineProperty(globalThis, 'navigator', before);
  }
}
