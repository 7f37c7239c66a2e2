// Architecture and weight reading without any tensor library: the naive float64 operators give PyTorch's logits.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { foldBatchNorm } from '../../src/network/fold.ts';
import { readWeights } from '../../src/network/read-weights.ts';
import { tapNetwork } from '../../src/network/tap.ts';
import { buildArchitecture } from '../../src/network/zoo/build.ts';
import { readNpy } from '../npy.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { cifarImages } from './cifar-images.ts';
import { memoryBlobs } from './memory-blobs.ts';
import { naiveForward } from './naive-forward.ts';

describe.skipIf(!hasSharedData)('resnet20 in float64 (needs shared data)', () => {
  it('has the logits and activations of PyTorch on the first image, folded too', async () => {
    const blobs = memoryBlobs();
    const path = join(sharedData, 'models/cifar10/resnet20.safetensors');
    const network = await readWeights(path, { architecture: buildArchitecture('resnet20'), write: blobs.write });
    const { images } = cifarImages(network.input, 0, 1);
    const planes = Float64Array.from(
      { length: 3072 },
      (_, i) => images[(i % 1024) * 3 + Math.floor(i / 1024)] as number,
    );
    const golden = (file: string) => readNpy(join(sharedData, 'golden/cifar10_resnet', `resnet20_${file}.npy`)).data;
    const compare = (got: Float64Array, file: string): void => {
      const expected = golden(file);
      const differences = got.map((value, i) => Math.abs(value - Number(expected[i])));
      expect(differences.every((difference) => difference < 1e-4)).toBe(true); // false for NaN too
    };
    const all = await naiveForward(network, planes, blobs.read);
    compare(all.get('linear') as Float64Array, 'logits');
    compare(all.get('conv1') as Float64Array, 'conv1_first2');
    for (const stage of ['layer1', 'layer2', 'layer3'])
      compare(all.get(`${stage}.2.relu2`) as Float64Array, `${stage}_first2`);
    const folded = (await foldBatchNorm(tapNetwork(network, 'fc'), blobs)).network;
    compare((await naiveForward(folded, planes, blobs.read)).get('linear') as Float64Array, 'logits');
  });
});
