// Card of the operator add. Its arithmetic is in ../ops/add.ts.
import { noAttributes } from './attribute-schemas.ts';
import { defineOperator } from './operator-card.ts';
import { showShape } from './shape-rules.ts';

export const add = defineOperator({
  op: 'add',
  doc: 'Sum of two or more inputs of equal shape.',
  inputs: '2+',
  weights: {},
  attributes: noAttributes,
  shape: ([first, ...others]) => {
    for (const other of others)
      if (showShape(other) !== showShape(first!))
        throw new RangeError(`cannot add ${showShape(first!)} and ${showShape(other)}`);
    return first!;
  },
  load: () => import('../ops/add.ts'),
});
