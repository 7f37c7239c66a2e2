import { describe, expect, it } from 'vitest';
import { checkNetwork } from '../../src/network/check.ts';
import type { LayerPlan } from '../../src/network/zoo/architecture.ts';
import { buildArchitecture } from '../../src/network/zoo/build.ts';

const good = buildArchitecture('resnet8');

function replace(name: string, change: Partial<LayerPlan>): typeof good {
  return { ...good, layers: good.layers.map((layer) => (layer.name === name ? { ...layer, ...change } : layer)) };
}

function headlines(network: Parameters<typeof checkNetwork>[0]): string[] {
  return checkNetwork(network).map((failure) => failure.headline);
}

describe('checkNetwork', () => {
  it('reports every mistake in the graph at once', () => {
    const network = {
      ...replace('bn1', { inputs: ['conv2'], op: 'batchnorm' }),
      output: 'linaer',
      aliases: { fc: 'nothing' },
    };
    expect(headlines({ ...network, layers: [...network.layers, network.layers[0] as LayerPlan] })).toEqual([
      'layer "bn1" reads "conv2", which is not a layer',
      'layer "bn1" has the unknown operator "batchnorm"',
      'two layers are called "conv1"',
      'the output "linaer" is not a layer',
      'the alias "fc" stands for "nothing", which is not a layer',
    ]);
    expect(checkNetwork(network)[0]?.help).toBe('Did you mean "conv1"?');
    expect(checkNetwork(network)[1]?.help).toMatch(/^Did you mean "batch-norm"/u);
  });

  it('refuses a layer that reads a later one (a cycle, too)', () => {
    expect(headlines(replace('relu1', { inputs: ['layer1.0.relu2'] }))).toEqual([
      'layer "relu1" reads "layer1.0.relu2", which comes later',
    ]);
    expect(headlines(replace('relu1', { inputs: ['relu1'] }))).toEqual([
      'layer "relu1" reads "relu1", which comes later',
    ]);
  });

  it.each<[string, Partial<LayerPlan>, RegExp]>([
    [
      'conv1',
      { weights: { weight: { tensor: 't', shape: [16, 4, 3, 3] } } },
      /layer conv1 \(conv\): weight \[16, 4, 3, 3\] in 1 group\(s\) does not fit 3 channels/u,
    ],
    ['conv1', { weights: {} }, /has no weight/u],
    ['bn1', { weights: {} }, /has no running_mean/u],
    ['relu1', { weights: { weight: { tensor: 't', shape: [1] } } }, /a weight weight that it does not use/u],
    ['relu1', { inputs: [] }, /takes 1 inputs, has 0/u],
    ['layer2.0.add', { inputs: ['layer2.0.bn2', 'relu1'] }, /cannot add \[16, 16, 32\] and \[32, 32, 16\]/u],
    ['layer2.0.shortcut', { attributes: { stride: 2, channels: 33 } }, /cannot pad 16 channels to 33/u],
    ['linear', { weights: { weight: { tensor: 't', shape: [10, 63] } } }, /does not fit an input of \[64\]/u],
    ['linear', { inputs: ['layer3.0.relu2'] }, /does not fit an input of \[8, 8, 64\]/u],
  ])('%s of another shape', (name, change, message) => {
    const [failure] = checkNetwork(replace(name, change));
    expect(failure?.reason).toBe('bad-network');
    expect(failure?.headline).toMatch(message);
  });

  it('refuses a normalisation that does not fit', () => {
    expect(headlines({ ...good, input: { ...good.input, std: [1, 1, 0] } })).toEqual([
      'the normalisation does not fit the channels of the input',
    ]);
  });
});
