import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/runtime/contracts/artifact.ts';
import type { InputArtifact } from '../../../src/runtime/contracts/define.ts';
import { networkRefs } from '../../../src/network/describe.ts';
import type { Network } from '../../../src/network/network.ts';
import { tensorBytes } from '../../../src/network/tensor.ts';
import type { Tensor } from '../../../src/network/tensor.ts';
import { bindWeights } from '../../../src/network/zoo/architecture.ts';
import { buildArchitecture } from '../../../src/network/zoo/build.ts';
import { initialise } from '../../../src/network/zoo/initialise.ts';
import { tapLayer } from '../../../src/nodes/networks/tap-layer.ts';
import { failureOf } from '../../network/failure-of.ts';
import { naiveForward } from '../../network/naive-forward.ts';
import { memoryStore, runNode } from '../node-rig.ts';

const store = memoryStore();
const architecture = buildArchitecture('resnet8', { height: 8, width: 8, filters: 4, classes: 3 });

function modelOf(tensors: ReadonlyMap<string, Tensor>): InputArtifact {
  const digests = new Map<string, Digest>([...tensors].map(([name, { data }]) => [name, store.put(tensorBytes(data))]));
  const network = bindWeights(architecture, digests);
  return store.json('network', network, { refs: networkRefs(network) });
}

const weights = initialise(architecture, 'tap-layer');
const model = modelOf(weights);

async function tap(layer: string, from = model, more = {}): Promise<InputArtifact> {
  const { outputs } = await runNode(tapLayer, { params: { layer, ...more }, inputs: { network: from }, store });
  return outputs['tap'] as InputArtifact;
}

const LAYERS = ['conv1', 'layer1', 'layer2', 'layer3'];

describe('tap-layer', () => {
  it('folds batch-norms and refers to its own tensors only', async () => {
    const artifact = await tap('conv1');
    const network = await artifact.value<Network>();
    expect(network.layers.map((layer) => [layer.name, layer.op])).toEqual([
      ['bn1', 'conv'],
      ['relu1', 'relu'],
    ]);
    expect(networkRefs(network)).toHaveLength(2);
    for (const digest of networkRefs(network)) await expect(artifact.blob(digest)).resolves.toBeInstanceOf(Uint8Array);
  });

  it('gives the outputs of the network at every layer, folded or not, fc included', async () => {
    const network = await model.value<Network>();
    const read = (digest: Digest): Promise<Uint8Array> => model.blob(digest);
    const image = Float64Array.from({ length: 192 }, (_, i) => Math.sin(7 * i));
    const all = await naiveForward(network, image, read);
    for (const [layer, name] of [
      ['conv1', 'relu1'],
      ['layer1', 'layer1.0.relu2'],
      ['layer2', 'layer2.0.relu2'],
      ['layer3', 'layer3.0.relu2'],
      ['fc', 'linear'],
    ] as const) {
      for (const fold of [true, false]) {
        const tapped = await (await tap(layer, model, { fold })).value<Network>();
        const got = (await naiveForward(tapped, image, read)).get(tapped.output) as Float64Array;
        const expected = all.get(name) as Float64Array;
        expect(got.length).toBe(expected.length);
        got.forEach((value, i) => {
          expect(value).toBeCloseTo(expected[i] as number, fold ? 5 : 12);
        });
      }
    }
  });

  it('has the same digest whatever happens to later layers', async () => {
    const changed = modelOf(
      new Map(weights).set('linear.weight', { shape: [3, 16], data: new Float32Array(48).fill(0.5) }),
    );
    expect(changed.digest).not.toBe(model.digest);
    for (const layer of LAYERS) expect((await tap(layer, changed)).digest).toBe((await tap(layer)).digest);
    expect((await tap('fc', changed)).digest).not.toBe((await tap('fc')).digest);
    const block = modelOf(
      new Map(weights).set('layer2.0.bn2.bias', { shape: [8], data: new Float32Array(8).fill(0.5) }),
    );
    const same = await Promise.all(
      LAYERS.map(async (layer) => (await tap(layer, block)).digest === (await tap(layer)).digest),
    );
    expect(same).toEqual([true, true, false, false]);
  });

  it('is of the same value for a name and its short name', async () => {
    expect((await tap('fc')).digest).toBe((await tap('linear')).digest);
    expect((await tap('stem')).digest).toBe((await tap('conv1')).digest);
  });

  it('raw is the convolution before its batch-norm', async () => {
    const network = await (await tap('conv1', model, { position: 'raw' })).value<Network>();
    expect(network.layers.map((layer) => layer.name)).toEqual(['conv1']);
  });

  it('refuses an unknown layer, listing those there are', async () => {
    const failure = await failureOf(() => tap('layer4'));
    expect(failure.reason).toBe('unknown-layer');
    expect(failure.values?.['did you mean']).toMatch(/^layer[123]$/u);
    expect(failure.values?.['layers']).toContain('layer3.0.conv2');
  });

  it('refuses layers that do not depend on the input', async () => {
    const dead = modelOf(new Map(weights).set('bn1.weight', { shape: [4], data: new Float32Array(4) }));
    const failure = await failureOf(() => tap('layer2', dead));
    expect(failure.reason).toBe('constant-layer');
    expect(failure.values?.['all weights zero']).toBe('bn1');
    const network = await model.value<Network>();
    const fixed = { name: 'fixed', op: 'constant', inputs: [], attributes: {}, weights: {} };
    const made = store.json(
      'network',
      { ...network, layers: [...network.layers, fixed] },
      { refs: networkRefs(network) },
    );
    expect((await failureOf(() => tap('fixed', made))).reason).toBe('constant-layer');
  });

  it('refuses a network that is none', async () => {
    const network = await model.value<Network>();
    const layers = network.layers.map((layer) => (layer.name === 'relu1' ? { ...layer, op: 'rleu' } : layer));
    const broken = store.json('network', { ...network, layers }, { refs: networkRefs(network) });
    const failure = await failureOf(() => tap('layer1', broken));
    expect(failure.reason).toBe('bad-network');
    expect(failure.help).toMatch(/Did you mean "relu"/u);
  });
});
