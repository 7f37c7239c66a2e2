import { expect, it } from 'vitest';
import { fuseLayers } from '../../src/network/fuse.ts';
import type { Layer } from '../../src/network/network.ts';
import type { Operator } from '../../src/network/ops/operator.ts';

const layer = (name: string, op: string, ...inputs: string[]): Layer => ({
  name,
  op,
  inputs,
  attributes: {},
  weights: {},
});

/**
 * Steps as text: `name = layer(inputs)`, with `+relu` for a fused ReLU. Convolutions can add, and all operators except
 * ReLU can apply a ReLU.
 */
function fused(layers: readonly Layer[], ...outputs: string[]): string[] {
  const operators = layers.map(({ name, op }) => {
    const operator = { fusesRelu: op !== 'relu', fusesAdd: op === 'conv' } as Operator;
    return [name, operator] as const;
  });
  return fuseLayers(layers, new Map(operators), new Set(outputs)).map(
    (step) => `${step.name} = ${step.layer}(${step.inputs.join(', ')})${step.relu ? ' +relu' : ''}`,
  );
}

const block = [
  layer('conv1', 'conv', 'input'),
  layer('relu1', 'relu', 'conv1'),
  layer('conv2', 'conv', 'relu1'),
  layer('sum', 'add', 'conv2', 'input'),
  layer('relu2', 'relu', 'sum'),
];

it('fuses a residual block into two convolutions', () => {
  expect(fused(block, 'relu2')).toEqual(['relu1 = conv1(input) +relu', 'relu2 = conv2(relu1, input) +relu']);
});

it('does not fuse across a tapped layer', () => {
  expect(fused(block, 'sum', 'relu2')).toEqual([
    'relu1 = conv1(input) +relu',
    'sum = conv2(relu1, input)',
    'relu2 = relu2(sum)',
  ]);
  expect(fused(block, 'conv2', 'relu2')).toEqual([
    'relu1 = conv1(input) +relu',
    'conv2 = conv2(relu1)',
    'relu2 = sum(conv2, input) +relu',
  ]);
});

it('does not fuse a value with several readers, nor an addition after the ReLU', () => {
  const twice = [layer('conv', 'conv', 'input'), layer('sum', 'add', 'conv', 'conv')];
  expect(fused(twice, 'sum')).toEqual(['conv = conv(input)', 'sum = sum(conv, conv)']);
  const rectified = [
    layer('conv', 'conv', 'input'),
    layer('relu', 'relu', 'conv'),
    layer('sum', 'add', 'relu', 'input'),
  ];
  expect(fused(rectified, 'sum')).toEqual(['relu = conv(input) +relu', 'sum = sum(relu, input)']);
});

it('fuses one of two convolutions into the other, and no third', () => {
  const layers = [
    layer('a', 'conv', 'input'),
    layer('b', 'conv', 'input'),
    layer('ab', 'add', 'a', 'b'),
    layer('more', 'add', 'ab', 'input'),
    layer('three', 'add', 'more', 'input', 'input'),
  ];
  expect(fused(layers, 'three')).toEqual([
    'b = b(input)',
    'ab = a(input, b)',
    'more = more(ab, input)',
    'three = three(more, input, input)',
  ]);
});
