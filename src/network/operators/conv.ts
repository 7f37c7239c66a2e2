// Card of the operator conv. Its arithmetic is in ../ops/conv.ts.
import { Type } from '@sinclair/typebox';
import { groups, padding, pair } from './attribute-schemas.ts';
import { defineOperator } from './operator-card.ts';
import { expectLength, imageShape, showShape, windowCounts } from './shape-rules.ts';

export const conv = defineOperator({
  op: 'conv',
  doc: 'Convolution, plus bias; with groups, an output channel sees the input channels of its own group.',
  inputs: '1',
  weights: {
    weight: {
      stored: ['out', 'in', 'height', 'width'],
      computed: ['height', 'width', 'in', 'out'],
      initial: 'kaiming-normal',
      isFactor: true,
    },
    bias: { stored: ['out'], optional: true, initial: 'uniform' },
  },
  attributes: Type.Object({ stride: pair(), padding, dilation: pair(), groups }),
  shape: ([x], { attributes, weights }) => {
    const [height, width, channels] = imageShape(x);
    const [out, inner, kh, kw] = weights['weight'] as readonly [number, number, number, number];
    if (inner * attributes.groups !== channels || out % attributes.groups !== 0)
      throw new RangeError(
        `weight ${showShape([out, inner, kh, kw])} in ${attributes.groups} group(s) does not fit ${channels} channels`,
      );
    expectLength('bias', weights['bias'], out, 'outputs');
    const [dh, dw] = attributes.dilation;
    return [...windowCounts([height, width], { ...attributes, size: [(kh - 1) * dh + 1, (kw - 1) * dw + 1] }), out];
  },
  load: () => import('../ops/conv.ts'),
});
