// Does the output of a tap depend on the image at all? A convolution, linear layer or batch-norm whose weights are all zero gives
// the same for every image, and so does everything that is reached through such layers only.
import { fail } from '../runtime/contracts/failure.ts';
import { listNames } from '../runtime/contracts/did-you-mean.ts';
import type { Layer, Network } from './network.ts';
import { readTensor } from './tensor.ts';
import type { TensorBlobs } from './tensor.ts';

/** Throws `FailureError` (`constant-layer`) where the output is the same for every image. */
export async function expectDependence(network: Network, read: TensorBlobs['read']): Promise<void> {
  const varying = new Set(['input']);
  const cuts: string[] = [];
  for (const layer of network.layers) {
    if (!layer.inputs.some((name) => varying.has(name))) continue;
    if (await isZero(layer, read)) cuts.push(layer.name);
    else varying.add(layer.name);
  }
  if (varying.has(network.output)) return;
  fail({
    reason: 'constant-layer',
    headline: `layer "${network.output}" does not depend on the input`,
    values: { layer: network.output, 'all weights zero': listNames(cuts) },
    help: 'It is the same for every image, so it has nothing to forget: check the weights, or tap a layer before these.',
  });
}

async function isZero(layer: Layer, read: TensorBlobs['read']): Promise<boolean> {
  const weight = layer.weights['weight'];
  return weight !== undefined && (await readTensor(weight, read)).data.every((value) => value === 0);
}
