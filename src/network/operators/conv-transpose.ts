// Card of the operator conv-transpose. Its arithmetic is in ../ops/conv-transpose.ts.
import { Type } from '@sinclair/typebox';
import { groups, padding, pair } from './attribute-schemas.ts';
import { defineOperator } from './operator-card.ts';
import { expectLength, imageShape, showShape } from './shape-rules.ts';

export const convTranspose = defineOperator({
  op: 'conv-transpose',
  doc: 'Transposed map of a convolution, plus bias; `output_padding` adds rows and columns at the bottom and right.',
  inputs: '1',
  weights: {
    weight: {
      stored: ['in', 'out', 'height', 'width'],
      computed: ['height', 'width', 'out', 'in'],
      initial: 'kaiming-normal',
      isFactor: true,
    },
    bias: { stored: ['out'], optional: true, initial: 'uniform' },
  },
  attributes: Type.Object({ stride: pair(), padding, dilation: pair(), groups, output_padding: pair([0, 0], 0) }),
  shape: ([x], { attributes, weights }) => {
    const [height, width, channels] = imageShape(x);
    const [inner, perGroup, kh, kw] = weights['weight'] as readonly [number, number, number, number];
    if (inner !== channels)
      throw new RangeError(`weight ${showShape([inner, perGroup, kh, kw])} does not fit ${channels} channels`);
    const out = perGroup * attributes.groups;
    expectLength('bias', weights['bias'], out, 'outputs');
    const { stride, dilation, output_padding: extra } = attributes;
    if (extra.some((added, axis) => added >= Math.max(stride[axis]!, dilation[axis]!)))
      throw new RangeError(`output_padding [${extra.join(', ')}] is smaller than neither the stride nor the dilation`);
    const [top, bottom, left, right] = attributes.padding;
    return [
      (height - 1) * stride[0] - top - bottom + (kh - 1) * dilation[0] + 1 + extra[0],
      (width - 1) * stride[1] - left - right + (kw - 1) * dilation[1] + 1 + extra[1],
      out,
    ];
  },
  load: () => import('../ops/conv-transpose.ts'),
});
