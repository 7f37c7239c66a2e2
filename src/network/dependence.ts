// Checks that the output of a tap depends on the image. A convolution, linear layer or batch-norm has the same output
// for every image if its `weight` is zero everywhere. The same holds for a layer that the image reaches only through
// such layers.
import { fail, failure } from '../runtime/contracts/failure.ts';
import type { Layer, Network } from './network.ts';
import { findOperator } from './operators/find-operator.ts';
import { readTensor } from './tensor.ts';
import type { TensorBlobs } from './tensor.ts';

/** Throws `FailureError` (`constant-layer`) if the output of the network is the same for every image. */
export async function expectDependence(network: Network, read: TensorBlobs['read']): Promise<void> {
  const varying = new Set(['input']);
  const cuts: string[] = [];
  for (const layer of network.layers) {
    if (!layer.inputs.some((name) => varying.has(name))) continue;
    if (await isZero(layer, read)) cuts.push(layer.name);
    else varying.add(layer.name);
  }
  if (varying.has(network.output)) return;
  fail(failure('constant-layer', { layer: network.output, zero: cuts }));
}

async function isZero(layer: Layer, read: TensorBlobs['read']): Promise<boolean> {
  const slots = findOperator(layer.op)?.weights ?? {};
  for (const [slot, weight] of Object.entries(layer.weights)) {
    if (slots[slot]?.isFactor !== true) continue;
    if ((await readTensor(weight, read)).data.every((value) => value === 0)) return true;
  }
  return false;
}
