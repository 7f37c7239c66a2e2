// Top-1 of the published networks on 600 lossless CIFAR-10 test images (golden/accuracy.json). Needs shared data.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { foldBatchNorm } from '../../src/network/fold.ts';
import { blobs, publishedNetwork, topOne } from '../network/published-network.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';

describe.skipIf(!hasSharedData)('accuracy (needs shared data)', () => {
  const { top1_percent: golden } = JSON.parse(readFileSync(join(sharedData, 'golden/accuracy.json'), 'utf8')) as {
    top1_percent: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };

  it.each(['resnet20', 'resnet32', 'resnet44'])('of %s, folded or not', async (name) => {
    const network = await publishedNetwork(name);
    const expected = golden['shared/data/cifar10/test_0000_0599.bin']?.[name] as number;
    expect((await topOne(network, 600)).toFixed(2)).toBe(expected.toFixed(2));
    expect((await topOne((await foldBatchNorm(network, blobs)).network, 600)).toFixed(2)).toBe(expected.toFixed(2));
  });
});
