// Program of a separate process, which `lethe setup --webgpu` starts. It loads the webgpu backend from the two folders
// given as arguments, computes one convolution, and prints one JSON line.
import type { Rank } from '@tensorflow/tfjs-core';
import { FailureError } from './runtime/contracts/failure.ts';
import type { WebgpuTrial } from './setup/try-webgpu.ts';

async function attempt(): Promise<WebgpuTrial> {
  const [tf, { loadWebgpu }] = await Promise.all([import('@tensorflow/tfjs-core'), import('./compute/load-webgpu.ts')]);
  const [webgpu = '', backend = ''] = process.argv.slice(2);
  const { version, adapter } = await loadWebgpu({ webgpu, backend });
  await tf.setBackend('webgpu');
  const y = tf.conv2d(tf.ones<Rank.R4>([1, 4, 4, 1]), tf.ones<Rank.R4>([3, 3, 1, 1]), 1, 'same');
  const sums = Array.from(await y.data()).join();
  if (sums !== '4,6,6,4,6,9,9,6,6,9,9,6,4,6,6,4') throw new Error(`a convolution came out wrong: ${sums}`);
  return { works: true, version, adapter: adapter.name, software: adapter.software };
}

const trial = await attempt().catch((error: unknown): WebgpuTrial => {
  const because = error instanceof Error ? error.message : String(error);
  return { works: false, loads: error instanceof FailureError && error.failure.reason === 'no-gpu', because };
});
process.stdout.write(`${JSON.stringify(trial)}\n`);
