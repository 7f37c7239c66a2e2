// The backend tensorflow: TensorFlow's own library through tfjs-node, on all cores or on an NVIDIA GPU.
import path from 'node:path';
import { activate, defineBackend } from '../backend-card.ts';
import { findTensorflow, hasCuda, loadTensorflow } from '../load-tensorflow.ts';

export const tensorflow = defineBackend({
  name: 'tensorflow',
  doc: 'The native library of TensorFlow: the fastest on CPUs, and, with CUDA, on NVIDIA GPUs. `lethe setup` installs it.',
  rank: 10,
  residentBytes: 320 * 2 ** 20, // measured: 290 MiB
  find: () => findTensorflow().length > 0,
  isForGpu() {
    const [folder = ''] = findTensorflow();
    return hasCuda(folder) || path.basename(folder) === 'tfjs-node-gpu';
  },
  async load() {
    process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1'; // oneDNN is the default only with AVX-512, but is much faster on other processors too
    const reasons: string[] = [];
    for (const folder of findTensorflow()) {
      try {
        const { version, binding } = loadTensorflow(folder);
        const tf = await activate('tensorflow');
        const [{ tensorflowKernels }, { isOnGpu }] = await Promise.all([
          import('../kernels/tensorflow.ts'),
          import('../kernels/native-operations.ts'),
        ]);
        return { name: 'tensorflow', version, tf, kernels: tensorflowKernels(binding), gpu: isOnGpu() };
      } catch (error) {
        reasons.push(error instanceof Error ? error.message : String(error));
      }
    }
    throw new Error(reasons.length > 0 ? reasons.join('; ') : 'not installed; `lethe setup` installs it');
  },
});
