// The backend cpu: tfjs in plain JavaScript. It is slow, but works wherever Node does.
import { activate, defineBackend } from '../backend-card.ts';

export const cpu = defineBackend({
  name: 'cpu',
  doc: 'Plain JavaScript: slow, and works everywhere.',
  rank: 40,
  residentBytes: 128 * 2 ** 20, // measured: 95 MiB
  find: () => true,
  isForGpu: () => false,
  async load() {
    const { version_cpu: version } = await import('@tensorflow/tfjs-backend-cpu');
    const tf = await activate('cpu');
    (tf.backend() as unknown as { firstUse: boolean }).firstUse = false; // otherwise tfjs advertises tfjs-node on stderr
    const { cpuKernels } = await import('../kernels/cpu.ts');
    return { name: 'cpu', version, tf, kernels: cpuKernels, gpu: false };
  },
});
