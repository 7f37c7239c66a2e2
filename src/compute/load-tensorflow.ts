// Finds the native TensorFlow backend and registers it with Lethe's copy of tfjs-core. This file builds and downloads
// nothing; src/setup does.
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { SETTINGS, variableText } from '../runtime/contracts/settings.ts';
import { nativePackage } from './native-folder.ts';
import { redirectCore } from './redirect-core.ts';

/** Part of TensorFlow's compiled binding that Lethe uses. */
export interface TensorflowBinding {
  readonly TF_Version: string;
  readonly [constant: string]: unknown;
}

export interface Tensorflow {
  /** Version of the TensorFlow library, e.g. `2.15.1`. */
  readonly version: string;
  /** Folder of the tfjs-node package in use. */
  readonly folder: string;
  /** Compiled binding, with the type constants for `executeSingleOutput` (`TF_FLOAT`, `TF_ATTR_TYPE`, ...). */
  readonly binding: TensorflowBinding;
}

const require = createRequire(import.meta.url);

/**
 * Returns the folders of tfjs-node packages that have a compiled binding, in order of preference. If LETHE_TENSORFLOW
 * is set, only the folder that it names is considered. Otherwise the packages installed beside Lethe or in the current
 * folder come before the package built by `lethe setup`, unless the built package has CUDA. Loads nothing, and takes
 * well under a millisecond.
 */
export function findTensorflow(): string[] {
  const chosen = variableText(SETTINGS.tensorflow);
  if (chosen !== undefined) return [path.resolve(chosen)].filter((folder) => bindingFile(folder));
  const built = nativePackage();
  // A build with CUDA comes first, because the user asked for CUDA and an installed package may lack it.
  const order = hasCuda(built) ? [built, ...installedPackages()] : [...installedPackages(), built];
  return order.filter((folder) => bindingFile(folder));
}

/** Returns true if a tfjs-node package was built by `lethe setup` with the CUDA libraries. */
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

/**
 * Returns the path of the compiled binding in a tfjs-node package, for the newest Node-API version; undefined if the
 * package has no compiled binding.
 */
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
 * Loads a tfjs-node package and registers its backend under the name `tensorflow`, without making it the active one.
 * Takes about 0.2 s. tfjs-node requires the umbrella package `@tensorflow/tfjs`, which takes seconds to load and may
 * contain a second copy of tfjs-core. Tensors of a second copy would be incompatible. tfjs-node uses only tfjs-core
 * from the umbrella package, so the require is redirected to Lethe's copy of tfjs-core.
 * @throws Error if the package or its binding does not load; the process can continue with another backend
 */
export function loadTensorflow(folder: string): Tensorflow {
  if (loaded !== undefined) return loaded;
  const file = bindingFile(folder);
  if (file === undefined) throw new Error(`no compiled TensorFlow binding in ${folder}`);
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3'; // otherwise the library lists all processor features on stderr
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
