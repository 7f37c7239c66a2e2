// Output shape of an operator in the grid, from the rules with which networks are checked. The layer is put into a
// small network that derives all inputs of the layer from one image.
import type { Layer } from '../../src/network/network.ts';
import { outputShapes } from '../../src/network/shapes.ts';
import type { OperatorCase } from './operator-cases.ts';

/** Shape of the output for one image. */
export function caseShape({ layer, inputs: shapes }: Pick<OperatorCase, 'layer' | 'inputs'>): readonly number[] {
  const [first, ...others] = shapes as [readonly number[], ...(readonly number[])[]];
  const image = first.length === 3 ? first : [1, 1, first[0]!];
  const [height, width, channels] = image as [number, number, number];
  const input = { height, width, channels, scale: 1, mean: [], std: [] };
  const plain = (name: string, op: string, from: string, weights: Layer['weights'] = {}): Layer => ({
    name,
    op,
    inputs: [from],
    attributes: {},
    weights,
  });
  const layers: Layer[] = [];
  let start = 'input';
  if (first.length === 1) layers.push(plain((start = 'vector'), 'flatten', 'input'));
  others.forEach((shape, i) => {
    const c = shape.at(-1)!;
    const weight = { digest: 'w' as never, shape: first.length === 1 ? [c, first[0]!] : [c, channels, 1, 1] };
    layers.push(plain(`input${i + 1}`, first.length === 1 ? 'linear' : 'conv', start, { weight }));
  });
  layers.push({ ...layer, inputs: [start, ...layer.inputs.slice(1)] });
  return outputShapes({ input, layers }).get(layer.name)!;
}
