// Parity report on batch-norm folding: compares the values of a network and of its folded form, layer by layer, on the
// same random images.
import { Random } from '../math/random.ts';
import type { FoldedNetwork } from './fold.ts';
import type { InputSpec, Network } from './network.ts';
import { normalise } from './normalise.ts';

export interface LayerParity {
  readonly layer: string;
  readonly into: string | null;
  readonly folded: boolean;
  readonly reason: string | null;
  /** Largest absolute difference between the two networks, over all units and images. */
  readonly maxAbs: number;
  /** Largest absolute value in the unfolded network, over all units and images. */
  readonly largest: number;
}

/**
 * Runs a network on normalised images [count, height, width, channels]. Returns the values of the given layers by layer
 * name, one image after the other.
 */
export type Forward = (
  network: Network,
  layers: readonly string[],
  images: Float32Array,
  count: number,
) => Promise<ReadonlyMap<string, ArrayLike<number>>>;

/** Compares the two networks at every batch-norm, folded or not, and at the output of the network. */
export async function measureParity(
  network: Network,
  result: FoldedNetwork,
  options: { readonly images: number; readonly seed: string; readonly forward: Forward },
): Promise<readonly LayerParity[]> {
  const { images: count, seed, forward } = options;
  const images = probeImages(network.input, count, seed);
  const norms = network.layers.filter((layer) => layer.op === 'batch-norm').map((layer) => layer.name);
  const layers = [...new Set([...norms, network.output])];
  const before = await forward(network, layers, images, count);
  const after = await forward(result.network, layers, images, count);
  const into = new Map(result.folded.map((folding) => [folding.batchNorm, folding.into]));
  const reasons = new Map(result.kept.map(({ batchNorm, reason }) => [batchNorm, reason]));
  const compare = (layer: string, isOutput: boolean): LayerParity => ({
    layer,
    into: isOutput ? null : (into.get(layer) ?? null),
    folded: isOutput ? into.size > 0 : into.has(layer),
    reason: isOutput ? null : (reasons.get(layer) ?? null),
    ...largestDifference(before.get(layer) ?? [], after.get(layer) ?? []),
  });
  return [...norms.map((layer) => compare(layer, false)), compare(network.output, true)];
}

function largestDifference(before: ArrayLike<number>, after: ArrayLike<number>): { maxAbs: number; largest: number } {
  let [maxAbs, largest] = [0, 0];
  for (let i = 0; i < before.length; i++) {
    maxAbs = Math.max(maxAbs, Math.abs((before[i] as number) - (after[i] as number)));
    largest = Math.max(largest, Math.abs(before[i] as number));
  }
  return { maxAbs, largest };
}

/** Creates images [count, height, width, channels] of independent, uniform 8-bit pixels, normalised for the network. */
export function probeImages(input: InputSpec, count: number, seed: string): Float32Array {
  const random = new Random(seed).split('probe images');
  const images = new Float32Array(count * input.height * input.width * input.channels);
  return images.map((_, i) => normalise(random.below(256), input, i % input.channels));
}
