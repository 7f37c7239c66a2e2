// The webgpu backend in tests: on the GPU that scripts/test-gpu.mjs found for the whole test run, or not at all.

/** Reason why webgpu cannot be tested here; undefined if it can. */
export const noWebgpu: string | undefined =
  process.env['LETHE_TEST_WEBGPU'] === undefined
    ? (process.env['LETHE_TEST_NO_WEBGPU'] ?? 'no GPU was looked for')
    : undefined;

/** Environment variables for processes that use webgpu. */
export const webgpuVariables: Readonly<Record<string, string>> = {
  ...(process.env['LETHE_TEST_WEBGPU'] && { LETHE_WEBGPU: process.env['LETHE_TEST_WEBGPU'] }),
  ...(process.env['LETHE_TEST_VULKAN'] && { VK_ICD_FILENAMES: process.env['LETHE_TEST_VULKAN'] }),
};

/** Makes webgpu available in this process. */
export function useWebgpu(): void {
  Object.assign(process.env, webgpuVariables);
}
