// The backend webgpu: any GPU, through Dawn and the graphics driver.
import { activate, defineBackend } from '../backend-card.ts';
import { findWebgpu, hasGpuDevice, loadWebgpu, webgpuAdapter } from '../load-webgpu.ts';

export const webgpu = defineBackend({
  name: 'webgpu',
  doc: 'Any GPU with a Vulkan, Metal or Direct3D driver. `lethe setup --webgpu` installs it.',
  rank: 20,
  residentBytes: 320 * 2 ** 20, // measured: at most as much as tensorflow
  needsGpu: true,
  find: () => findWebgpu() !== undefined,
  isForGpu: hasGpuDevice,
  async whyNotAuto() {
    const { name, software } = await webgpuAdapter();
    return software ? `${name} is a software renderer, not a GPU` : undefined;
  },
  async load() {
    const { version, adapter } = await loadWebgpu();
    const tf = await activate('webgpu');
    const { webgpuKernels } = await import('../kernels/webgpu.ts');
    return { name: 'webgpu', version, tf, kernels: webgpuKernels, gpu: !adapter.software, adapter };
  },
});
