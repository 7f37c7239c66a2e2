import { describe, expect, it } from 'vitest';
import { describeLayers } from '../../src/network/describe.ts';
import type { LayerShape } from '../../src/network/network.ts';
import { outputShapes } from '../../src/network/shapes.ts';
import { buildArchitecture } from '../../src/network/zoo/build.ts';
import { initialise } from '../../src/network/zoo/initialise.ts';
import { memoryBlobs, networkOf } from './memory-blobs.ts';

function shapeOf(
  op: string,
  size: [number, number, number],
  attributes: LayerShape['attributes'],
  weight?: number[],
): readonly number[] | undefined {
  const [height, width, channels] = size;
  const input = { height, width, channels, scale: 1, mean: [], std: [] };
  const layer = { name: 'x', op, inputs: ['input'], attributes, weights: weight ? { weight: { shape: weight } } : {} };
  return outputShapes({ input, layers: [layer] }).get('x');
}

describe('outputShapes', () => {
  // Expected values are computed by hand with the formulas in the PyTorch documentation of the same layers.
  it.each<[string, [number, number, number], LayerShape['attributes'], number[] | undefined, number[]]>([
    ['conv', [227, 227, 3], { stride: [2, 2], padding: [0, 0, 0, 0] }, [96, 3, 7, 7], [111, 111, 96]],
    [
      'conv',
      [9, 12, 4],
      { stride: [1, 3], padding: [1, 1, 0, 2], dilation: [2, 1], groups: 2 },
      [6, 2, 3, 3],
      [7, 4, 6],
    ],
    ['max-pool', [111, 111, 96], { size: [3, 3], stride: [2, 2], ceil: true }, undefined, [55, 55, 96]],
    ['max-pool', [6, 6, 1], { size: [3, 3], stride: [2, 2], ceil: true }, undefined, [3, 3, 1]],
    ['max-pool', [6, 6, 1], { size: [3, 3], stride: [2, 2], ceil: false }, undefined, [2, 2, 1]],
    ['avg-pool', [5, 5, 1], { size: [2, 2], stride: [2, 2], padding: [1, 1, 1, 1], ceil: true }, undefined, [3, 3, 1]], // 4 windows would start beyond the image
    ['conv-transpose', [7, 7, 8], { stride: [2, 2], padding: [1, 1, 1, 1] }, [8, 4, 4, 4], [14, 14, 4]],
    ['shortcut-a', [15, 8, 16], { stride: 2, channels: 32 }, undefined, [8, 4, 32]],
    ['flatten', [4, 5, 6], {}, undefined, [120]],
    ['global-avg-pool', [4, 5, 6], {}, undefined, [6]],
  ])('%s of %j', (op, size, attributes, weight, expected) => {
    expect(shapeOf(op, size, attributes, weight)).toEqual(expected);
  });

  it('refuses windows larger than the image', () => {
    expect(() => shapeOf('max-pool', [2, 2, 1], { size: [3, 3], stride: [1, 1] })).toThrow(
      'layer x (max-pool): its output would be empty: [0, 0, 1]',
    );
  });
});

describe('describeLayers', () => {
  it('lists layers with shapes, parameters and short names', async () => {
    const architecture = buildArchitecture('resnet8');
    const network = await networkOf(architecture, initialise(architecture, 'x'), memoryBlobs());
    const layers = describeLayers(network);
    expect(layers[0]).toEqual({
      name: 'conv1',
      op: 'conv',
      inputs: ['input'],
      shape: [32, 32, 16],
      parameters: 432,
      aliases: [],
    });
    expect(layers.find(({ name }) => name === 'bn1')?.parameters).toBe(32);
    expect(layers.find(({ name }) => name === 'layer1.0.relu2')?.aliases).toEqual(['layer1.0', 'layer1']);
    expect(layers.at(-1)).toEqual({
      name: 'linear',
      op: 'linear',
      inputs: ['pool'],
      shape: [10],
      parameters: 650,
      aliases: ['fc', 'logits'],
    });
  });
});
