// Describes a network's layers for people: shapes, numbers of parameters and short names. `lethe show` and lists of
// layers use the description.
import type { Network, Shape } from './network.ts';
import { findOperator } from './operators/find-operator.ts';
import { outputShapes } from './shapes.ts';
import { elementCount } from './tensor.ts';

export interface LayerDescription {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  /** Shape of the layer's output for one image: [height, width, channels] or [features]. */
  readonly shape: Shape;
  /** Number of trainable parameters; running statistics do not count. */
  readonly parameters: number;
  readonly aliases: readonly string[];
}

export function describeLayers(network: Network): readonly LayerDescription[] {
  const shapes = outputShapes(network);
  return network.layers.map((layer) => ({
    name: layer.name,
    op: layer.op,
    inputs: layer.inputs,
    shape: shapes.get(layer.name) as Shape,
    parameters: Object.entries(layer.weights)
      .filter(([slot]) => findOperator(layer.op)?.weights[slot]?.isStatistic !== true)
      .reduce((sum, [, { shape }]) => sum + elementCount(shape), 0),
    aliases: Object.entries(network.aliases)
      .filter(([, name]) => name === layer.name)
      .map(([alias]) => alias),
  }));
}

/**
 * Returns the digests of all tensors of a network, without duplicates. The artifact of the network refers to these
 * blobs.
 */
export function networkRefs(network: Network): readonly Network['layers'][number]['weights'][string]['digest'][] {
  return [...new Set(network.layers.flatMap((layer) => Object.values(layer.weights).map(({ digest }) => digest)))];
}
