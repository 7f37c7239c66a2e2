// A network that gives the outputs of several layers of another one at once, one after the other in a vector per image.
import type { Layer, Network } from './network.ts';
import { outputShapes } from './shapes.ts';
import { elementCount } from './tensor.ts';

export interface ExposedLayer {
  readonly layer: string;
  /** Where its values begin in the vector, and how many there are; images in (channel, row, column) order. */
  readonly start: number;
  readonly length: number;
}

export interface ExposedNetwork {
  readonly network: Network;
  readonly parts: readonly ExposedLayer[];
  /** Length of the vector. */
  readonly length: number;
}

/** Layers that are not needed for those exposed are left out. */
export function exposeLayers(network: Network, names: readonly string[]): ExposedNetwork {
  const shapes = outputShapes(network);
  const parts: ExposedLayer[] = [];
  const flat: Layer[] = [];
  let length = 0;
  for (const layer of names) {
    const count = elementCount(shapes.get(layer) ?? []);
    parts.push({ layer, start: length, length: count });
    flat.push({ name: `exposed/${layer}`, op: 'flatten', inputs: [layer], attributes: {}, weights: {} });
    length += count;
  }
  const join: Layer = {
    name: 'exposed',
    op: 'concat',
    inputs: flat.map((layer) => layer.name),
    attributes: {},
    weights: {},
  };
  const last = Math.max(...names.map((name) => network.layers.findIndex((layer) => layer.name === name)));
  const layers = [...network.layers.slice(0, last + 1), ...flat, join];
  return { network: { ...network, layers, output: join.name, aliases: {} }, parts, length };
}
