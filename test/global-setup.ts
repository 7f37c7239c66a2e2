// Tests that start processes run the built command line: build it where a source is newer. The tests of webgpu need a GPU.
import { prepare } from '../scripts/prepare.mjs';
import { testGpu } from '../scripts/test-gpu.mjs';

export async function setup(): Promise<void> {
  await prepare();
  const environment = await testGpu();
  Object.assign(process.env, environment); // inherited by the processes of the tests
  const missing = environment['LETHE_TEST_NO_WEBGPU'];
  if (missing) console.error(`The tests of webgpu are skipped: ${missing}`);
}
