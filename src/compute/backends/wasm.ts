// The backend wasm: tfjs in WebAssembly with SIMD, on one core.
import { createRequire } from 'node:module';
import path from 'node:path';
import { activate, defineBackend } from '../backend-card.ts';

const require = createRequire(import.meta.url);

export const wasm = defineBackend({
  name: 'wasm',
  doc: 'WebAssembly: fast on one core, and needs no setup.',
  rank: 30,
  residentBytes: 128 * 2 ** 20, // measured: 95 MiB
  find: () => true,
  isForGpu: () => false,
  async load() {
    const [{ setWasmPaths, version_wasm: version }, { env }] = await Promise.all([
      import('@tensorflow/tfjs-backend-wasm'),
      import('@tensorflow/tfjs-core'),
    ]);
    setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
    env().set('WASM_HAS_MULTITHREAD_SUPPORT', false); // tfjs's worker threads do not start in Node
    const tf = await activate('wasm');
    const { wasmKernels } = await import('../kernels/wasm.ts');
    return { name: 'wasm', version, tf, kernels: wasmKernels, gpu: false };
  },
});
