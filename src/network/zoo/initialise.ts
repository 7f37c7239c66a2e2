// Creates the initial weights of a training from a seed string. The cards of the operators choose the distribution:
// Kaiming normal with fan-in and the gain of ReLU (He et al. 2015, Eq. 10), uniform within +-1 / sqrt(fan-in), or a
// constant.
import { Random } from '../../math/random.ts';
import { elementCount } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { findOperator } from '../operators/find-operator.ts';
import type { Architecture, ExpectedTensor, LayerPlan } from './architecture.ts';

/**
 * Returns the initial weights by tensor name, in the order of `expectedTensors`. Every tensor has its own random
 * stream, so its values do not depend on this order.
 */
export function initialise(architecture: Architecture, seed: string): ReadonlyMap<string, Tensor> {
  const random = new Random(seed).split('initialise');
  const tensors = new Map<string, Tensor>();
  for (const layer of architecture.layers) {
    for (const [slot, expected] of Object.entries(layer.weights)) {
      tensors.set(expected.tensor, {
        shape: expected.shape,
        data: firstValues(layer, slot, expected, random.split(expected.tensor)),
      });
    }
  }
  return tensors;
}

function firstValues(layer: LayerPlan, slot: string, { shape }: ExpectedTensor, random: Random): Float32Array {
  const data = new Float32Array(elementCount(shape));
  const initial = findOperator(layer.op)!.weights[slot]!.initial;
  if (typeof initial === 'number') return data.fill(initial);
  const fanIn = elementCount(layer.weights['weight']?.shape.slice(1) ?? []);
  if (initial === 'uniform') return data.map(() => (2 * random.uniform() - 1) / Math.sqrt(fanIn));
  random.fillNormal(data);
  const deviation = Math.sqrt(2 / fanIn);
  return data.map((value) => value * deviation);
}
