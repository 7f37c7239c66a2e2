// Taps of the published ResNet-20 as feature maps, and their reference optima, for tests.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBackend } from '../../src/compute/backend.ts';
import type { Digest } from '../../src/runtime/contracts/artifact.ts';
import { compileFeatureMap } from '../../src/network/compile.ts';
import type { FeatureMap } from '../../src/math/feature-map.ts';
import { foldBatchNorm } from '../../src/network/fold.ts';
import { tapNetwork } from '../../src/network/tap.ts';
import { readNpy } from '../npy.ts';
import { cifarImages } from '../network/cifar-images.ts';
import { blobs, publishedNetwork } from '../network/published-network.ts';
import { sharedData } from '../shared-data.ts';

export interface Tap {
  readonly map: FeatureMap;
  image(record: number): Float32Array;
}

/**
 * Opens a tap.
 * @param pruned fraction of the weights of every filter, the smallest ones, that is set to 0
 */
export async function openTap(layer: string, backend?: string, pruned = 0): Promise<Tap> {
  const network = await publishedNetwork('resnet20');
  const { network: folded } = await foldBatchNorm(tapNetwork(network, layer, 'post-activation'), blobs);
  const read = async (digest: Digest): Promise<Uint8Array> => prune(await blobs.read(digest), pruned);
  const map = await compileFeatureMap(folded, read, await loadBackend(backend));
  return { map, image: (record) => cifarImages(folded.input, record, 1).images };
}

function prune(bytes: Uint8Array, part: number): Uint8Array {
  const values = new Float32Array(bytes.slice().buffer);
  const sizes = values.map(Math.abs).sort();
  const least = sizes[Math.floor(part * sizes.length)]!;
  return new Uint8Array(values.map((value) => (Math.abs(value) < least ? 0 : value)).buffer);
}

export interface ReferenceOptimum {
  readonly H: number;
  readonly H_se_scale: number;
  readonly gap_bound: number;
  readonly delta2: number;
  readonly delta2_se: number;
  readonly logSigma: Float64Array;
}

export function referenceOptimum(record: number, layer: string): ReferenceOptimum {
  const folder = join(sharedData, 'golden/sigma_optimum');
  const all = JSON.parse(readFileSync(join(folder, 'resnet20.json'), 'utf8')) as Record<string, ReferenceOptimum>;
  const name = `resnet20_record${String(record).padStart(4, '0')}_${layer}`;
  return {
    ...all[name]!,
    logSigma: Float64Array.from(readNpy(join(folder, `${name}_log_sigma.npy`)).data as Float32Array),
  };
}

export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((x, y) => x + y, 0) / n;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    ab += (a[i]! - ma) * (b[i]! - mb);
    aa += (a[i]! - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}
