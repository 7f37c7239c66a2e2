// Finds the native TensorFlow backend and registers it with our own tfjs-core. Builds and downloads nothing (src/setup does).
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { SETTINGS, variableText } from '../runtime/contracts/settings.ts';
import { nativePackage } from './native-folder.ts';
import { redirectCore } from './redirect-core.ts';

/** The compiled binding of TensorFlow, as far as we use it. */
export interface TensorflowBinding {
  readonly TF_Version: string;
  readonly [constant: string]: unknown;
}

export interface Tensorflow {
  /** Version of the TensorFlow library, e.g. `2.15.1`. */
  readonly version: string;
  /** The tfjs-node package in use. */
  readonly folder: string;
  /** Holds the type constants that `executeSingleOutput` wants (`TF_FLOAT`, `TF_ATTR_TYPE`, ...). */
  readonly binding: TensorflowBinding;
}

const require = createRequire(import.meta.url);

/**
 * Folders of tfjs-node packages with a compiled binding, in order of preference: only `LETHE_TENSORFLOW` where it is set;
 * else packages installed beside Lethe or in the current folder, and what `lethe setup` built (last, or first where it has CUDA).
 * Finding loads nothing, and takes well under a millisecond.
 */
export function findTensorflow(): string[] {
  const chosen = variableText(SETTINGS.tensorflow);
  if (chosen !== undefined) return [path.resolve(chosen)].filter((folder) => bindingFile(folder));
  const built = nativePackage();
  // A build with CUDA was made on purpose, and an installed package may lack CUDA.
  const order = hasCuda(built) ? [built, ...installedPackages()] : [...installedPackages(), built];
  return order.filter((folder) => bindingFile(folder));
}

/** Finds out whether a package that `lethe setup` built has the CUDA libraries beside it. */
export function hasCuda(folder: string): boolean {
  return existsSync(path.join(folder, 'deps', 'nvidia'));
}

function installedPackages(): string[] {
  const from = [require, createRequire(path.join(process.cwd(), 'package.json'))];
  const names = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];
  const found = names.flatMap((name) =>
    from.flatMap((anchor) => {
      try {
        return [path.dirname(anchor.resolve(`${name}/package.json`))];
      } catch {
        return []; // not installed there
      }
    }),
  );
  return [...new Set(found)];
}

/** The compiled binding in a tfjs-node package, the newest Node-API version first. */
export function bindingFile(folder: string): string | undefined {
  const lib = path.join(folder, 'lib');
  if (!existsSync(lib)) return undefined;
  const versions = readdirSync(lib)
    .map((name) => Number(/^napi-v(\d+)$/.exec(name)?.[1] ?? 0))
    .sort((a, b) => b - a);
  const files = versions.map((version) => path.join(lib, `napi-v${String(version)}`, 'tfjs_binding.node'));
  return files.find((file) => existsSync(file));
}

let loaded: Tensorflow | undefined;

/**
 * Loads a tfjs-node package and registers its backend under the name `tensorflow`; does not select it. Takes about 0.2 s.
 * tfjs-node requires the umbrella package `@tensorflow/tfjs`, which takes seconds to load and may bring another copy of tfjs-core,
 * whose tensors ours cannot use. tfjs-node uses nothing of it but tfjs-core, so it gets our copy.
 * @throws Error when the package or its binding does not load; the process can go on with another backend.
 */
export function loadTensorflow(folder: string): Tensorflow {
  if (loaded !== undefined) return loaded;
  const file = bindingFile(folder);
  if (file === undefined) throw new Error(`no compiled TensorFlow binding in ${folder}`);
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3'; // else the library lists every processor feature on stderr
  const core = require('@tensorflow/tfjs-core') as typeof tf;
  const load = createRequire(path.join(folder, 'package.json'));
  const restore = redirectCore(require.resolve('@tensorflow/tfjs-core'));
  try {
    const binding = load(file) as TensorflowBinding;
    load('./dist/register_all_kernels.js');
    const { NodeJSKernelBackend } = load('./dist/nodejs_kernel_backend.js') as {
      NodeJSKernelBackend: new (binding: TensorflowBinding, name: string) => tf.KernelBackend;
    };
    core.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node'), 3);
    loaded = { version: binding.TF_Version, folder, binding };
    return loaded;
  } finally {
    restore();
  }
}
