// Floating-point operations of a network, counted from its shapes: two per multiply-add of a convolution or a matrix
// product. Everything else (biases, activations, sums, pools, folded batch-norms) is about 1 % of the operations and is
// ignored.
import type { LayerShape, Shape } from '../../src/network/network.ts';
import { outputShapes } from '../../src/network/shapes.ts';
import type { Architecture } from '../../src/network/zoo/architecture.ts';
import { tapPoint } from '../../src/network/tap.ts';

export type Countable = Pick<Architecture, 'architecture' | 'input' | 'layers' | 'aliases'>;

/**
 * Counts the floating-point operations of the forward pass of one image up to the tap of `layer`, a name or alias; the
 * tap is after the activation. A vector-Jacobian product with respect to the input takes as many operations again,
 * since each multiply-add has a counterpart in the transposed product. Throws FailureError for an unknown layer.
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
    case 'conv': // weight [out, in / groups, height, width], applied at every position of the output
      return 2 * weights * output[0]! * output[1]!;
    case 'conv-transpose': // weight [in, out / groups, height, width], applied at every position of the input
      return 2 * weights * input[0]! * input[1]!;
    case 'linear':
      return 2 * weights;
    default:
      return 0;
  }
}

const size = (shape: Shape): number => shape.reduce((product, length) => product * length, 1);
