import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldBatchNorm } from '../../src/network/fold.ts';
import { tapNetwork } from '../../src/network/tap.ts';
import { tensorBytes } from '../../src/network/tensor.ts';
import { buildArchitecture } from '../../src/network/zoo/build.ts';
import { initialise } from '../../src/network/zoo/initialise.ts';
import { memoryBlobs, networkOf } from './memory-blobs.ts';
import { naiveForward } from './naive-forward.ts';
import { randomNetwork } from './random-network.ts';

const blobs = memoryBlobs();

function largest(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

describe('foldBatchNorm', () => {
  it('preserves every output of random networks to float32 rounding, and folds only layers with a single reader', async () => {
    let folds = 0;
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme-ascii' }), fc.integer({ min: 2, max: 14 }), async (seed, size) => {
        const network = await randomNetwork(seed, size, blobs);
        const { network: folded, folded: foldings, kept } = await foldBatchNorm(network, blobs);
        folds += foldings.length;
        expect(foldings.length + kept.length).toBe(network.layers.filter((layer) => layer.op === 'batch-norm').length);
        for (const { into } of foldings)
          expect(network.layers.filter((layer) => layer.inputs.includes(into))).toHaveLength(1);
        const image = Float64Array.from({ length: 40 }, (_, i) => Math.cos(3 * i + size));
        const before = await naiveForward(network, image, blobs.read);
        const after = await naiveForward(folded, image, blobs.read);
        for (const layer of folded.layers) {
          const expected = before.get(layer.name) as Float64Array;
          const got = after.get(layer.name) as Float64Array;
          expect(got.length).toBe(expected.length);
          // Weights are rounded to float32 once; cancellation is relative to the largest intermediate value.
          const scale = largest([...before.values()].flatMap((values) => [largest(values)]));
          expect(largest(got.map((value, i) => value - (expected[i] as number)))).toBeLessThan(
            1e-5 * Math.max(1, scale),
          );
        }
      }),
      { numRuns: 80 },
    );
    expect(folds).toBeGreaterThan(20);
  });

  it('folds every batch-norm of a ResNet without changing shapes', async () => {
    const architecture = buildArchitecture('resnet20');
    const network = await networkOf(architecture, initialise(architecture, 'fold'), blobs);
    const { network: folded, folded: foldings, kept } = await foldBatchNorm(network, blobs);
    expect(foldings).toHaveLength(19);
    expect(kept).toEqual([]);
    expect(folded.layers.some((layer) => layer.op === 'batch-norm')).toBe(false);
    expect(folded.layers.find((layer) => layer.name === 'bn1')?.weights).toMatchObject({
      weight: { shape: [16, 3, 3, 3] },
      bias: { shape: [16] },
    });
    expect(folded.aliases).toEqual(network.aliases);
  });

  it('gives the reason why a batch-norm is not folded', async () => {
    const architecture = buildArchitecture('resnet8');
    const network = await networkOf(architecture, initialise(architecture, 'fold'), blobs);
    const reader = { name: 'reader', op: 'relu', inputs: ['conv1'], attributes: {}, weights: {} };
    const both = await foldBatchNorm({ ...network, layers: [...network.layers, reader] }, blobs);
    expect(both.kept).toEqual([{ batchNorm: 'bn1', reason: 'conv1 is also read by reader' }]);
    const output = await foldBatchNorm({ ...network, output: 'conv1' }, blobs);
    expect(output.kept).toEqual([{ batchNorm: 'bn1', reason: "conv1 is the network's output" }]);
    const huge = { digest: await blobs.write(tensorBytes(new Float32Array(16).fill(3e38))), shape: [16] };
    const layers = network.layers.map((layer) =>
      layer.name === 'bn1' ? { ...layer, weights: { ...layer.weights, bias: huge, running_mean: huge } } : layer,
    );
    const overflow = await foldBatchNorm(
      {
        ...network,
        layers: layers.map((layer) =>
          layer.name === 'bn1' ? { ...layer, weights: { ...layer.weights, weight: huge } } : layer,
        ),
      },
      blobs,
    );
    expect(overflow.kept).toEqual([{ batchNorm: 'bn1', reason: 'the folded weights would not be finite' }]);
  });

  it('does not fold a convolution that is tapped before its batch-norm', async () => {
    const architecture = buildArchitecture('resnet8');
    const network = await networkOf(architecture, initialise(architecture, 'fold'), blobs);
    const tap = tapNetwork(network, 'conv1', 'raw');
    expect((await foldBatchNorm(tap, blobs)).network).toEqual(tap);
  });
});
