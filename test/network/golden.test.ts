// The published networks compared with values computed by PyTorch (golden/cifar10_resnet). Needs shared data.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { foldBatchNorm } from '../../src/network/fold.ts';
import { measureParity } from '../../src/network/parity.ts';
import { findLayer, tapNetwork, tapPoint } from '../../src/network/tap.ts';
import { readNpy } from '../npy.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { cifarImages } from './cifar-images.ts';
import { blobs, features, forward, publishedNetwork, topOne } from './published-network.ts';

const golden = (file: string): ReturnType<typeof readNpy> => readNpy(join(sharedData, 'golden/cifar10_resnet', file));
const STAGES = ['conv1', 'stem', 'layer1', 'layer2', 'layer3'];

function largestDifference(got: ArrayLike<number>, expected: ArrayLike<number | bigint>): number {
  expect(got.length).toBe(expected.length);
  let most = 0;
  for (let i = 0; i < got.length; i++) {
    const difference = Math.abs((got[i] as number) - Number(expected[i]));
    if (!(difference <= most)) most = difference; // NaN counts as a difference
  }
  return most;
}

function meanAndDeviation(values: Float32Array): [number, number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)];
}

/** Values [image, row, column, channel] -> [image, channel, row, column]; the shape is that of the result. */
function channelsFirst(values: Float32Array, [images, channels, height, width]: readonly number[]): Float32Array {
  const [c, n] = [channels as number, (height as number) * (width as number)];
  expect(values.length).toBe((images as number) * c * n);
  return values.map((_, i) => values[(Math.floor(i / (c * n)) * n + (i % n)) * c + (Math.floor(i / n) % c)] as number);
}

describe.skipIf(!hasSharedData).each(['resnet20', 'resnet32', 'resnet44'])('%s (needs shared data)', (name) => {
  it('has the logits of PyTorch on 16 images, folded or not', async () => {
    const network = await publishedNetwork(name);
    const { images } = cifarImages(network.input, 0, 16);
    const expected = golden(`${name}_logits.npy`).data;
    expect(largestDifference(await features(network, images, 16), expected)).toBeLessThan(1e-3);
    const folded = (await foldBatchNorm(tapNetwork(network, 'fc'), blobs)).network;
    expect(largestDifference(await features(folded, images, 16), expected)).toBeLessThan(1e-3);
  });

  it('has the activation statistics of PyTorch at every stage', async () => {
    const network = await publishedNetwork(name);
    const { images } = cifarImages(network.input, 0, 16);
    const { data, shape } = golden(`${name}_activation_mean_std.npy`);
    expect(shape).toEqual([16, 5, 2]);
    for (const [stage, layer] of STAGES.entries()) {
      const tap = tapNetwork(network, layer, 'raw');
      for (const variant of [tap, (await foldBatchNorm(tap, blobs)).network]) {
        const output = await features(variant, images, 16);
        const count = output.length / 16;
        for (let image = 0; image < 16; image++) {
          const at = (image * 5 + stage) * 2;
          const [mean, deviation] = meanAndDeviation(output.subarray(image * count, (image + 1) * count));
          expect(Math.abs(mean / Number(data[at]) - 1)).toBeLessThan(1e-4);
          expect(Math.abs(deviation / Number(data[at + 1]) - 1)).toBeLessThan(1e-4);
        }
      }
    }
  });

  it('has the whole activations of PyTorch on 2 images', async () => {
    const network = await publishedNetwork(name);
    const { images } = cifarImages(network.input, 0, 2);
    const stages = ['conv1', 'layer1', 'layer2', 'layer3'];
    const layers = stages.map((stage) => findLayer(network, stage).name);
    const values = await forward(network, layers, images, 2);
    for (const [i, stage] of stages.entries()) {
      const { data, shape } = golden(`${name}_${stage}_first2.npy`);
      const got = channelsFirst(values.get(layers[i] as string) as Float32Array, shape);
      const [, deviation] = meanAndDeviation(data as Float32Array);
      expect(largestDifference(got, data)).toBeLessThan(1e-4 * Math.max(1, deviation));
    }
  });

  it('is the same with its batch-norms folded, layer by layer', async () => {
    const network = await publishedNetwork(name);
    const result = await foldBatchNorm(network, blobs);
    expect(result.kept).toEqual([]);
    const rows = await measureParity(network, result, { images: 4, seed: 'parity', forward });
    expect(rows).toHaveLength(Number(name.slice(6)));
    expect(rows.at(-1)?.layer).toBe('linear');
    for (const row of rows) expect(row.maxAbs / row.largest).toBeLessThan(1e-5);
    expect(rows.some((row) => row.maxAbs > 0)).toBe(true);
  });

  it('taps conv1 after batch-norm and ReLU by default', async () => {
    const network = await publishedNetwork(name);
    expect(tapPoint(network, 'conv1', 'post-activation')).toBe(findLayer(network, 'stem').name);
  });
});

describe.skipIf(!hasSharedData)('accuracy (needs shared data)', () => {
  it('of ResNet-20 on 600 test images is 91.83 %', async () => {
    expect((await topOne(await publishedNetwork('resnet20'), 600)).toFixed(2)).toBe('91.83');
  }, 120_000);
});
