// Computes the output shapes of a network's layers by the shape rules on the operators' cards. Pure, no tensors.
import { FailureError } from '../runtime/contracts/failure.ts';
import type { InputSpec, LayerShape, Shape } from './network.ts';
import { findOperator, OPERATOR_NAMES } from './operators/find-operator.ts';
import { attributesOf } from './operators/operator-card.ts';
import type { OperatorCard } from './operators/operator-card.ts';
import { showShape } from './operators/shape-rules.ts';

/**
 * Returns the output shape of every layer by name, and the shape of `input`. Throws `RangeError` with the name of the
 * first layer that does not fit, and `FailureError` (`unsupported-layer`) for unknown attributes and wrong values.
 */
export function outputShapes(network: {
  readonly input: InputSpec;
  readonly layers: readonly LayerShape[];
}): ReadonlyMap<string, Shape> {
  const { height, width, channels } = network.input;
  const shapes = new Map<string, Shape>([['input', [height, width, channels]]]);
  for (const layer of network.layers) {
    try {
      shapes.set(layer.name, layerShape(layer, shapes));
    } catch (error) {
      if (error instanceof FailureError) throw error;
      throw new RangeError(
        `layer ${layer.name} (${layer.op}): ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  }
  return shapes;
}

function layerShape(layer: LayerShape, shapes: ReadonlyMap<string, Shape>): Shape {
  const operator = findOperator(layer.op);
  if (!operator) throw new RangeError(`unknown operator; there are ${OPERATOR_NAMES.join(', ')}`);
  const inputs = layer.inputs.map((name) => {
    const shape = shapes.get(name);
    if (!shape) throw new RangeError(`its input ${name} is not a layer before it`);
    return shape;
  });
  const least = parseInt(operator.inputs, 10);
  if (inputs.length < least || (!operator.inputs.endsWith('+') && inputs.length > least)) {
    throw new RangeError(`takes ${operator.inputs.replace('+', ' or more')} inputs, has ${inputs.length}`);
  }
  const weights = weightShapes(operator, layer);
  const shape = operator.shape(inputs, { attributes: attributesOf(operator, layer), weights });
  if (!shape.every((size) => Number.isInteger(size) && size > 0))
    throw new RangeError(`its output would be empty: ${showShape(shape)}`);
  return shape;
}

/**
 * Returns the shapes of the weights by slot. Throws `RangeError` for a missing slot, an unknown slot, or a wrong number
 * of axes.
 */
function weightShapes(operator: OperatorCard, layer: LayerShape): Readonly<Record<string, Shape>> {
  for (const [slot, { optional }] of Object.entries(operator.weights))
    if (optional !== true && !layer.weights[slot]) throw new RangeError(`has no ${slot}`);
  const weights = Object.entries(layer.weights).map(([slot, { shape }]) => {
    const known = Object.hasOwn(operator.weights, slot) ? operator.weights[slot] : undefined;
    if (known === undefined) throw new RangeError(`has a weight ${slot} that it does not use`);
    const rank = known.stored.length;
    if (shape.length !== rank)
      throw new RangeError(`${slot} ${showShape(shape)} does not have ${rank} dimension${rank === 1 ? '' : 's'}`);
    return [slot, shape] as const;
  });
  return Object.fromEntries(weights);
}
