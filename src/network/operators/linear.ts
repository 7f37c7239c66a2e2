// Card of the operator linear. Its arithmetic is in ../ops/linear.ts.
import { noAttributes } from './attribute-schemas.ts';
import { defineOperator } from './operator-card.ts';
import { expectLength, showShape } from './shape-rules.ts';

export const linear = defineOperator({
  op: 'linear',
  doc: 'Matrix times vector, plus bias; takes images of one pixel, too.',
  inputs: '1',
  weights: {
    weight: { stored: ['out', 'in'], computed: ['in', 'out'], initial: 'kaiming-normal', isFactor: true },
    bias: { stored: ['out'], optional: true, initial: 'uniform' },
  },
  attributes: noAttributes,
  shape: ([x], { weights }) => {
    const [out, inner] = weights['weight'] as readonly [number, number];
    const shape = x!;
    const isPixel = shape.length === 3 && shape[0] === 1 && shape[1] === 1;
    const features = shape.length === 1 || isPixel ? shape.at(-1) : undefined;
    if (features !== inner)
      throw new RangeError(`weight ${showShape([out, inner])} does not fit an input of ${showShape(shape)}`);
    expectLength('bias', weights['bias'], out, 'outputs');
    return [out];
  },
  load: () => import('../ops/linear.ts'),
});
