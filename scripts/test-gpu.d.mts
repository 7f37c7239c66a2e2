/** Returns environment variables for the tests of the webgpu backend. */
export function testGpu(): Promise<Record<string, string>>;
