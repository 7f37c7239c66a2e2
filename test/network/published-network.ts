// The published ResNets of the shared data, ready to compute on a backend, for tests.
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { loadBackend } from '../../src/compute/backend.ts';
import { compileFeatureMap, compileNetwork } from '../../src/network/compile.ts';
import type { Network } from '../../src/network/network.ts';
import type { Forward } from '../../src/network/parity.ts';
import { readWeights } from '../../src/network/read-weights.ts';
import { buildArchitecture } from '../../src/network/zoo/build.ts';
import { sharedData } from '../shared-data.ts';
import { cifarImages } from './cifar-images.ts';
import { memoryBlobs } from './memory-blobs.ts';

export const blobs = memoryBlobs();

export function publishedNetwork(name: string): Promise<Network> {
  const path = join(sharedData, 'models/cifar10', `${name}.safetensors`);
  return readWeights(path, { architecture: buildArchitecture(name), write: blobs.write });
}

/** Values of several layers for images [count, height, width, channels]: [count, ...shape], channels last. */
export const forward: Forward = async (network, layers, images, count) => {
  const compiled = await compileNetwork(network, layers, blobs.read, await loadBackend('wasm'));
  const { height, width, channels } = network.input;
  const x = tf.tensor4d(images, [count, height, width, channels]);
  const outputs = compiled.forward(x);
  const values = new Map<string, Float32Array>();
  for (const [layer, value] of outputs) values.set(layer, (await value.data()) as Float32Array);
  tf.dispose([x, ...outputs.values()]);
  compiled.dispose();
  return values;
};

/** Output of the network as a feature map, as measurements use it: [count, features]. */
export async function features(network: Network, images: Float32Array, count: number): Promise<Float32Array> {
  const map = await compileFeatureMap(network, blobs.read, await loadBackend('wasm'));
  const { height, width, channels } = network.input;
  const x = tf.tensor4d(images, [count, height, width, channels]);
  const f = map.forward(x);
  const values = (await f.data()) as Float32Array;
  tf.dispose([x, f]);
  map.dispose();
  return values;
}

/** Percentage of the first `count` test images whose largest logit is at their label. */
export async function topOne(network: Network, count: number): Promise<number> {
  const batch = 100;
  let right = 0;
  for (let start = 0; start < count; start += batch) {
    const { images, labels } = cifarImages(network.input, start, batch);
    const logits = await features(network, images, batch);
    labels.forEach((label, i) => {
      const scores = logits.subarray(i * 10, i * 10 + 10);
      if (scores.indexOf(Math.max(...scores)) === label) right++;
    });
  }
  return (100 * right) / count;
}
