// Floating-point operations of a network, counted from its shapes: two for each multiply-add of a convolution or a matrix product.
// All else (biases, activations, sums, pools, folded batch-norms) is left out: about a hundredth.
import type { LayerShape, Shape } from '../../src/network/network.ts';
import { outputShapes } from '../../src/network/shapes.ts';
import type { Architecture } from '../../src/network/zoo/architecture.ts';
import { tapPoint } from '../../src/network/tap.ts';

export type Countable = Pick<Architecture, 'architecture' | 'input' | 'layers' | 'aliases'>;

/**
 * One image forward, up to the tap of `layer` (a name or alias; after its activation). A vector-Jacobian product towards the input
 * takes as many again: each multiply-add has one partner in the transposed product. Throws FailureError for an unknown layer.
 */
export function forwardFlop(network: Countable, layer: string): number {
  const shapes = outputShapes(network);
  return layersUpTo(network, tapPoint(network, layer, 'post-activation')).reduce(
    (sum, one) => sum + flopOf(one, shapes.get(one.name)!, shapes.get(one.inputs[0]!)!),
    0,
  );
}

function layersUpTo({ layers }: Countable, output: string): readonly LayerShape[] {
  const needed = new Set([output]);
  return layers.toReversed().filter(({ name, inputs }) => {
    if (!needed.has(name)) return false;
    for (const input of inputs) needed.add(input);
    return true;
  });
}

function flopOf(layer: LayerShape, output: Shape, input: Shape): number {
  const weights = size(layer.weights['weight']?.shape ?? []);
  switch (layer.op) {
    case 'conv': // weight [out, in / groups, height, width], used at every place of the output
      return 2 * weights * output[0]! * output[1]!;
    case 'conv-transpose': // weight [in, out / groups, height, width], used at every place of the input
      return 2 * weights * input[0]! * input[1]!;
    case 'linear':
      return 2 * weights;
    default:
      return 0;
  }
}

const size = (shape: Shape): number => shape.reduce((product, length) => product * length, 1);
