// Card of the operator concat. Its arithmetic is in ../ops/concat.ts.
import { noAttributes } from './attribute-schemas.ts';
import { defineOperator } from './operator-card.ts';
import { showShape } from './shape-rules.ts';

export const concat = defineOperator({
  op: 'concat',
  doc: 'Channels of the inputs one after the other.',
  inputs: '1+',
  weights: {},
  attributes: noAttributes,
  shape: (inputs) => {
    const [first] = inputs as readonly [readonly number[]];
    for (const other of inputs)
      if (showShape(other.slice(0, -1)) !== showShape(first.slice(0, -1)))
        throw new RangeError(`cannot join ${showShape(first)} and ${showShape(other)}`);
    return [...first.slice(0, -1), inputs.reduce((sum, shape) => sum + shape.at(-1)!, 0)];
  },
  load: () => import('../ops/concat.ts'),
});
