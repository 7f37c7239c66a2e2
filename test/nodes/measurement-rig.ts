// A small random network and small random images as artifacts, for tests of the nodes that measure.
import type { Digest, ItemEntry } from '../../src/runtime/contracts/artifact.ts';
import type { InputArtifact } from '../../src/runtime/contracts/define.ts';
import { networkRefs } from '../../src/network/describe.ts';
import type { Tensor } from '../../src/network/tensor.ts';
import { tensorBytes } from '../../src/network/tensor.ts';
import { bindWeights } from '../../src/network/zoo/architecture.ts';
import { buildArchitecture } from '../../src/network/zoo/build.ts';
import { initialise } from '../../src/network/zoo/initialise.ts';
import { tapLayer } from '../../src/nodes/networks/tap-layer.ts';
import { Random } from '../../src/math/random.ts';
import { memoryStore, runNode } from './node-rig.ts';

export const SIDE = 8;
export const store = memoryStore();
const architecture = buildArchitecture('small-conv', {
  height: SIDE,
  width: SIDE,
  channels: 3,
  filters: 4,
  classes: 3,
});

/** A tap of a small random network. `change` edits the weights before they are stored. */
export async function tapOf(
  layer: string,
  change: (name: string, data: Float32Array) => void = () => undefined,
): Promise<InputArtifact> {
  const weights: ReadonlyMap<string, Tensor> = initialise(architecture, 'measured');
  for (const [name, { data }] of weights) change(name, data);
  const digests = new Map<string, Digest>([...weights].map(([name, { data }]) => [name, store.put(tensorBytes(data))]));
  const network = bindWeights(architecture, digests);
  const model = store.json('network', network, { refs: networkRefs(network) });
  const { outputs } = await runNode(tapLayer, { params: { layer }, inputs: { network: model }, store });
  return outputs['tap']!;
}

export function randomPixels(seed: string, side = SIDE): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length: side * side * 3 }, () => random.below(256));
}

export function dataSet(images: readonly Uint8Array[], side = SIDE): InputArtifact {
  const items: ItemEntry[] = images.map((pixels, i) => {
    const digest = store.put(pixels);
    return { id: digest, digest, name: `image-${i}`, seen: { label: 0, height: side, width: side, channels: 3 } };
  });
  const value = {
    name: 'random',
    height: side,
    width: side,
    channels: 3,
    classes: ['a', 'b', 'c'],
    count: items.length,
  };
  return store.json('dataset', value, { refs: [...new Set(items.map(({ digest }) => digest))], items });
}

/** Change of the weights for tapOf: no feature is active at any image. */
export function deaden(name: string, data: Float32Array): void {
  if (name.endsWith('bias')) data.fill(-1000);
}

/** Change of the weights for tapOf: features exceed the range of float32. */
export function inflate(name: string, data: Float32Array): void {
  if (name.endsWith('weight')) data.forEach((value, i) => (data[i] = value * 1e20));
}
