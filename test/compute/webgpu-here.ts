// The webgpu backend in tests: on the GPU that scripts/test-gpu.mjs has found for the whole run, or not at all.

/** Why webgpu cannot be tested here, if so. */
export const noWebgpu: string | undefined =
  process.env['LETHE_TEST_WEBGPU'] === undefined
    ? (process.env['LETHE_TEST_NO_WEBGPU'] ?? 'no GPU was looked for')
    : undefined;

/** Variables for processes that are to use it. */
export const webgpuVariables: Readonly<Record<string, string>> = {
  ...(process.env['LETHE_TEST_WEBGPU'] && { LETHE_WEBGPU: process.env['LETHE_TEST_WEBGPU'] }),
  ...(process.env['LETHE_TEST_VULKAN'] && { VK_ICD_FILENAMES: process.env['LETHE_TEST_VULKAN'] }),
};

/** From now on this process finds it. */
export function useWebgpu(): void {
  Object.assign(process.env, webgpuVariables);
}
