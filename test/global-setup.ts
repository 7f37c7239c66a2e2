// Builds the command line if a source is newer, because tests start it as a process, and looks for a GPU for the tests
// of webgpu.
import { prepare } from '../scripts/prepare.mjs';
import { testGpu } from '../scripts/test-gpu.mjs';

export async function setup(): Promise<void> {
  await prepare();
  const environment = await testGpu();
  Object.assign(process.env, environment); // inherited by the processes that tests start
  const missing = environment['LETHE_TEST_NO_WEBGPU'];
  if (missing) console.error(`The tests of webgpu are skipped: ${missing}`);
}
