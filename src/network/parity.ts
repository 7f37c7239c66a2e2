// The parity report of batch-norm folding: both networks on the same random images, layer by layer.
import { Random } from '../math/random.ts';
import { exposeLayers } from './expose.ts';
import type { FoldedNetwork } from './fold.ts';
import type { InputSpec, Network } from './network.ts';

export interface LayerParity {
  readonly layer: string;
  readonly into: string | null;
  readonly folded: boolean;
  readonly reason: string | null;
  /** Largest difference, and largest absolute value of the unfolded network, over units and images. */
  readonly maxAbs: number;
  readonly largest: number;
}

/** Runs a network on normalised images [count, height, width, channels] and gives its output [count, features], row-major. */
export type Forward = (network: Network, images: Float32Array, count: number) => Promise<Float32Array>;

/** Every batch-norm (folded or not, with the reason), then the output of the network. */
export async function measureParity(
  network: Network,
  result: FoldedNetwork,
  options: { readonly images: number; readonly seed: string; readonly forward: Forward },
): Promise<readonly LayerParity[]> {
  const { images: count, seed, forward } = options;
  const images = probeImages(network.input, count, seed);
  const norms = network.layers.filter((layer) => layer.op === 'batch-norm').map((layer) => layer.name);
  const names = [...norms, network.output];
  const plain = exposeLayers(network, names);
  const folded = exposeLayers(result.network, names);
  const before = await forward(plain.network, images, count);
  const after = await forward(folded.network, images, count);
  const into = new Map(result.folded.map((folding) => [folding.batchNorm, folding.into]));
  const reasons = new Map(result.kept.map(({ batchNorm, reason }) => [batchNorm, reason]));
  return plain.parts.map(({ layer, start, length }, i) => {
    let [maxAbs, largest] = [0, 0];
    for (let image = 0; image < count; image++) {
      for (let unit = image * plain.length + start; unit < image * plain.length + start + length; unit++) {
        maxAbs = Math.max(maxAbs, Math.abs((before[unit] as number) - (after[unit] as number)));
        largest = Math.max(largest, Math.abs(before[unit] as number));
      }
    }
    const isOutput = i === norms.length;
    return {
      layer,
      into: isOutput ? null : (into.get(layer) ?? null),
      folded: isOutput ? into.size > 0 : into.has(layer),
      reason: isOutput ? null : (reasons.get(layer) ?? null),
      maxAbs,
      largest,
    };
  });
}

/** Images of independent uniform 8-bit pixels, normalised for the network. [count, height, width, channels] */
export function probeImages(input: InputSpec, count: number, seed: string): Float32Array {
  const random = new Random(seed).split('probe images');
  const images = new Float32Array(count * input.height * input.width * input.channels);
  return images.map((_, i) => {
    const channel = i % input.channels;
    return (random.below(256) * input.scale - (input.mean[channel] as number)) / (input.std[channel] as number);
  });
}
