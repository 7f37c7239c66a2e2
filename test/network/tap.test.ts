import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Layer, Network } from '../../src/network/network.ts';
import { foldBatchNorm } from '../../src/network/fold.ts';
import { expectDependence } from '../../src/network/dependence.ts';
import { tapNetwork, tapPoint } from '../../src/network/tap.ts';
import { tensorBytes } from '../../src/network/tensor.ts';
import { buildArchitecture } from '../../src/network/zoo/build.ts';
import { initialise } from '../../src/network/zoo/initialise.ts';
import { failureOf } from './failure-of.ts';
import { memoryBlobs, networkOf } from './memory-blobs.ts';
import { naiveForward } from './naive-forward.ts';
import { randomNetwork } from './random-network.ts';

const blobs = memoryBlobs();
const architecture = buildArchitecture('resnet20');
const resnet = await networkOf(architecture, initialise(architecture, 'tap'), blobs);

function names(network: Network): string[] {
  return network.layers.map((layer) => layer.name);
}

describe('tapPoint', () => {
  it.each([
    ['conv1', 'relu1'],
    ['bn1', 'relu1'],
    ['relu1', 'relu1'],
    ['stem', 'relu1'],
    ['layer1', 'layer1.2.relu2'],
    ['layer3.2', 'layer3.2.relu2'],
    ['layer2.0.conv1', 'layer2.0.relu1'],
    ['layer2.0.conv2', 'layer2.0.bn2'], // an addition follows, not an activation
    ['layer2.0.add', 'layer2.0.relu2'],
    ['fc', 'linear'],
    ['linear', 'linear'],
    ['pool', 'pool'],
  ])('%s after its activation is %s', (layer, point) => {
    expect(tapPoint(resnet, layer, 'post-activation')).toBe(point);
  });

  it('raw is the layer itself', () => {
    expect(tapPoint(resnet, 'conv1', 'raw')).toBe('conv1');
    expect(tapPoint(resnet, 'fc', 'raw')).toBe('linear');
  });

  it('stops where the output has several readers', () => {
    const shared: Network = {
      ...resnet,
      layers: [...resnet.layers, { name: 'other', op: 'relu', inputs: ['conv1'], attributes: {}, weights: {} }],
    };
    expect(tapPoint(shared, 'conv1', 'post-activation')).toBe('conv1');
  });
});

describe('tapNetwork', () => {
  it('holds the ancestors only', () => {
    const tap = tapNetwork(resnet, 'conv1');
    expect(names(tap)).toEqual(['conv1', 'bn1', 'relu1']);
    expect(tap.output).toBe('relu1');
    expect(tap.aliases).toEqual({});
    expect(names(tapNetwork(resnet, 'layer2.0.shortcut'))).not.toContain('layer2.0.conv1');
    expect(names(tapNetwork(resnet, 'fc'))).toEqual(names(resnet));
  });

  it('is the same whatever comes after it', () => {
    const change = (layer: Layer): Layer =>
      layer.name === 'linear' ? { ...layer, weights: {}, attributes: { other: true } } : layer;
    const changed: Network = {
      ...resnet,
      architecture: 'mine',
      classes: ['a'],
      layers: resnet.layers.map(change),
      aliases: { ...resnet.aliases, more: 'bn1' },
    };
    for (const layer of ['conv1', 'layer1', 'layer2', 'layer3']) {
      expect(JSON.stringify(tapNetwork(changed, layer))).toBe(JSON.stringify(tapNetwork(resnet, layer)));
    }
    expect(JSON.stringify(tapNetwork(changed, 'fc'))).not.toBe(JSON.stringify(tapNetwork(resnet, 'fc')));
  });

  it('refuses an unknown layer, says which was meant and lists all', async () => {
    const failure = await failureOf(() => tapNetwork(resnet, 'layr2'));
    expect(failure.reason).toBe('unknown-layer');
    expect(failure.values?.['did you mean']).toBe('layer2');
    expect(failure.values?.['layers']).toContain('layer3.2.conv1');
    expect(failure.values?.['short names']).toContain('stem');
    expect((await failureOf(() => tapNetwork(resnet, 'constructor'))).reason).toBe('unknown-layer');
    expect((await failureOf(() => tapNetwork(resnet, 'input'))).reason).toBe('unknown-layer');
  });

  it('refuses a layer made from constants', async () => {
    const constant: Layer = { name: 'fixed', op: 'constant', inputs: [], attributes: {}, weights: {} };
    const after: Layer = { name: 'after', op: 'relu', inputs: ['fixed'], attributes: {}, weights: {} };
    const failure = await failureOf(() =>
      tapNetwork({ ...resnet, layers: [...resnet.layers, constant, after] }, 'after'),
    );
    expect(failure.reason).toBe('constant-layer');
    expect(failure.values?.['computed from']).toBe('fixed');
  });

  it('of a tap is the tap, and gives the outputs of the network', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme-ascii' }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(),
        fc.nat(),
        async (seed, size, first, second) => {
          const network = await randomNetwork(seed, size, blobs);
          const inner = names(network)[first % size] as string;
          if (!reachesInput(network, inner)) return;
          const outerTap = tapNetwork(network, inner, 'raw');
          expect(tapNetwork(outerTap, inner, 'raw')).toEqual(outerTap);
          const deeper = names(outerTap)[second % outerTap.layers.length] as string;
          expect(tapNetwork(outerTap, deeper, 'raw')).toEqual(tapNetwork(network, deeper, 'raw'));
          const image = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i + size));
          const all = await naiveForward(network, image, blobs.read);
          expect((await naiveForward(outerTap, image, blobs.read)).get(outerTap.output)).toEqual(all.get(inner));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('folded, of a folded tap is the folded tap', async () => {
    const once = (await foldBatchNorm(tapNetwork(resnet, 'layer1'), blobs)).network;
    const deeper = tapNetwork(once, 'layer1.1.relu1', 'raw');
    expect(deeper).toEqual((await foldBatchNorm(tapNetwork(resnet, 'layer1.1.relu1', 'raw'), blobs)).network);
  });
});

function reachesInput(network: Network, name: string): boolean {
  if (name === 'input') return true;
  return (
    network.layers.find((layer) => layer.name === name)?.inputs.some((input) => reachesInput(network, input)) ?? false
  );
}

describe('expectDependence', () => {
  it('accepts networks that depend on the image', async () => {
    await expect(expectDependence(resnet, blobs.read)).resolves.toBeUndefined();
  });

  it('refuses an output behind weights that are all zero, and names them', async () => {
    const tensors = new Map(initialise(architecture, 'tap'));
    tensors.set('linear.weight', { shape: [10, 64], data: new Float32Array(640) });
    const dead = await networkOf(architecture, tensors, blobs);
    const failure = await failureOf(() => expectDependence(dead, blobs.read));
    expect(failure.reason).toBe('constant-layer');
    expect(failure.values).toEqual({ layer: 'linear', 'all weights zero': 'linear' });
    await expect(expectDependence(tapNetwork(dead, 'layer3'), blobs.read)).resolves.toBeUndefined();
  });

  it('accepts a block of zeros that a shortcut goes around', async () => {
    const zero = { digest: await blobs.write(tensorBytes(new Float32Array(16))), shape: [16] };
    const layers = resnet.layers.map((layer) =>
      layer.name === 'layer1.0.bn2' ? { ...layer, weights: { ...layer.weights, weight: zero } } : layer,
    );
    await expect(expectDependence({ ...resnet, layers }, blobs.read)).resolves.toBeUndefined();
  });
});
