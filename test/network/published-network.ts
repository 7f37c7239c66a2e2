// The published ResNets of shared data, ready to run on a backend; for tests.
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { loadBackend } from '../../src/compute/backend.ts';
import { compileFeatureMap } from '../../src/network/compile.ts';
import type { Network } from '../../src/network/network.ts';
import { readWeights } from '../../src/network/read-weights.ts';
import { buildArchitecture } from '../../src/network/zoo/index.ts';
import { sharedData } from '../shared-data.ts';
import { cifarImages } from './cifar-images.ts';
import { memoryBlobs } from './memory-blobs.ts';

export const blobs = memoryBlobs();

export function publishedNetwork(name: string): Promise<Network> {
  return readWeights(buildArchitecture(name), join(sharedData, 'models/cifar10', `${name}.safetensors`), blobs.write);
}

/** Output of the network for images [count, height, width, channels]; [count, features]. */
export async function forward(network: Network, images: Float32Array, count: number): Promise<Float32Array> {
  const map = await compileFeatureMap(network, blobs.read, await loadBackend('wasm'));
  const { height, width, channels } = network.input;
  const x = tf.tensor4d(images, [count, height, width, channels]);
  const y = map.forward(x);
  const values = (await y.data()) as Float32Array;
  tf.dispose([x, y]);
  map.dispose();
  return values;
}

/** Percentage of the first `count` test images whose largest logit is that of their label. */
export async function topOne(network: Network, count: number): Promise<number> {
  const batch = 100;
  let right = 0;
  for (let start = 0; start < count; start += batch) {
    const { images, labels } = cifarImages(network.input, start, batch);
    const logits = await forward(network, images, batch);
    labels.forEach((label, i) => {
      const scores = logits.subarray(i * 10, i * 10 + 10);
      if (scores.indexOf(Math.max(...scores)) === label) right++;
    });
  }
  return (100 * right) / count;
}
