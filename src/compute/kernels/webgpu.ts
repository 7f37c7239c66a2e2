// Kernels on a GPU through tfjs's WebGPU backend.
import { cpuKernels } from './cpu.ts';
import { composedMaxPoolGradient } from './composed-pooling.ts';
import type { Kernels } from './kernels.ts';

export const webgpuKernels: Kernels = { ...cpuKernels, maxPoolGradient: composedMaxPoolGradient };
