// Which backends could be loaded here, and in what order `auto` tries them. Loads nothing.
import path from 'node:path';
import type { BackendName } from './backend-names.ts';
import { BACKENDS } from './backend-names.ts';
import { findTensorflow, hasCuda } from './load-tensorflow.ts';
import { findWebgpu, hasGpuDevice } from './load-webgpu.ts';

/** The backends that are installed here, best first. */
export function findBackends(): BackendName[] {
  const isHere = { tensorflow: findTensorflow().length > 0, webgpu: findWebgpu() !== undefined, wasm: true, cpu: true };
  return BACKENDS.filter((name) => isHere[name]);
}

/**
 * What `auto` tries, in order: TensorFlow with CUDA, webgpu, TensorFlow on the processor, wasm, cpu. Without a GPU webgpu is not
 * even tried; where it finds a processor that plays one (see `Adapter.software`), `auto` goes on to the next.
 */
export function autoOrder(): BackendName[] {
  const order = findBackends().filter((name) => name !== 'webgpu' || hasGpuDevice());
  const [tensorflow] = findTensorflow();
  const isForGpu = tensorflow !== undefined && (hasCuda(tensorflow) || path.basename(tensorflow) === 'tfjs-node-gpu');
  if (isForGpu || !order.includes('webgpu')) return order;
  return ['webgpu', ...order.filter((name) => name !== 'webgpu')];
}
