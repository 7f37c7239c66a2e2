// The backend cpu: tfjs in plain JavaScript. Slow and simple; it works wherever Node does.
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
    (tf.backend() as unknown as { firstUse: boolean }).firstUse = false; // else it advertises another package on stderr
    const { cpuKernels } = await import('../kernels/cpu.ts');
    return { name: 'cpu', version, tf, kernels: cpuKernels, gpu: false };
  },
});
