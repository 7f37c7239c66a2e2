import { describe, expect, it } from 'vitest';
import { foldBatchNorm } from '../../src/network/fold.ts';
import type { Network } from '../../src/network/network.ts';
import { measureParity, probeImages } from '../../src/network/parity.ts';
import type { Forward } from '../../src/network/parity.ts';
import { tensorBytes } from '../../src/network/tensor.ts';
import { buildArchitecture } from '../../src/network/zoo/build.ts';
import { initialise } from '../../src/network/zoo/initialise.ts';
import { memoryBlobs, networkOf } from './memory-blobs.ts';
import { naiveForward } from './naive-forward.ts';

const blobs = memoryBlobs();
const architecture = buildArchitecture('resnet8', { height: 6, width: 5, filters: 2, classes: 3 });
const network = await networkOf(architecture, initialise(architecture, 'parity'), blobs);

/** Applies the naive operators to one image [height, width, channels] after another. */
const forward: Forward = async (of, layers, images, count) => {
  const { height, width, channels } = of.input;
  const pixels = height * width;
  const values = new Map(layers.map((layer) => [layer, [] as number[]]));
  for (let k = 0; k < count; k++) {
    const planes = Float64Array.from(
      { length: pixels * channels },
      (_, i) => images[(k * pixels + (i % pixels)) * channels + Math.floor(i / pixels)] as number,
    );
    const all = await naiveForward(of, planes, blobs.read);
    for (const layer of layers) values.get(layer)?.push(...(all.get(layer) as Float64Array));
  }
  return values;
};

describe('measureParity', () => {
  it('finds only rounding errors if folding is right', async () => {
    const rows = await measureParity(network, await foldBatchNorm(network, blobs), { images: 2, seed: 's', forward });
    expect(rows.map(({ layer, into }) => [layer, into])).toEqual([
      ['bn1', 'conv1'],
      ['layer1.0.bn1', 'layer1.0.conv1'],
      ['layer1.0.bn2', 'layer1.0.conv2'],
      ['layer2.0.bn1', 'layer2.0.conv1'],
      ['layer2.0.bn2', 'layer2.0.conv2'],
      ['layer3.0.bn1', 'layer3.0.conv1'],
      ['layer3.0.bn2', 'layer3.0.conv2'],
      ['linear', null],
    ]);
    for (const { maxAbs, largest, folded } of rows) {
      expect(folded).toBe(true);
      expect(maxAbs).toBeLessThan(1e-5 * largest);
    }
  });

  it('finds a folding that is wrong, from that layer on', async () => {
    const result = await foldBatchNorm(network, blobs);
    const bias = { digest: await blobs.write(tensorBytes(Float32Array.of(0.5, 0, 0, 0))), shape: [4] };
    const layers = result.network.layers.map((layer) =>
      layer.name === 'layer2.0.bn1' ? { ...layer, weights: { ...layer.weights, bias } } : layer,
    );
    const rows = await measureParity(
      network,
      { ...result, network: { ...result.network, layers } },
      { images: 2, seed: 's', forward },
    );
    expect(rows.map(({ maxAbs }) => maxAbs > 1e-2)).toEqual([false, false, false, true, true, true, true, true]);
  });

  it('reports which batch-norms were not folded, with the reason', async () => {
    const shared: Network = {
      ...network,
      layers: [...network.layers, { name: 'reader', op: 'relu', inputs: ['conv1'], attributes: {}, weights: {} }],
    };
    const [row] = await measureParity(shared, await foldBatchNorm(shared, blobs), { images: 1, seed: 's', forward });
    expect(row).toMatchObject({
      layer: 'bn1',
      into: null,
      folded: false,
      reason: 'conv1 is also read by reader',
      maxAbs: 0,
    });
  });
});

describe('probeImages', () => {
  it('are 8-bit pixels as the network wants them, from the seed', () => {
    const images = probeImages(network.input, 3, 'a');
    expect(images).toEqual(probeImages(network.input, 3, 'a'));
    expect(images).not.toEqual(probeImages(network.input, 3, 'b'));
    images.forEach((value, i) => {
      const pixel = (value * (network.input.std[i % 3] as number) + (network.input.mean[i % 3] as number)) * 255;
      expect(Math.abs(pixel - Math.round(pixel))).toBeLessThan(1e-4);
      expect(Math.round(pixel)).toBeGreaterThanOrEqual(0);
      expect(Math.round(pixel)).toBeLessThanOrEqual(255);
    });
  });
});
