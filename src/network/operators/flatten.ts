// Card of the operator flatten. Its arithmetic is in ../ops/flatten.ts.
import { noAttributes } from './attribute-schemas.ts';
import { defineOperator } from './operator-card.ts';

export const flatten = defineOperator({
  op: 'flatten',
  doc: 'Image as a vector in (channel, row, column) order, as the weights of a following linear layer expect it.',
  inputs: '1',
  weights: {},
  attributes: noAttributes,
  shape: ([x]) => [x!.reduce((product, size) => product * size, 1)],
  load: () => import('../ops/flatten.ts'),
});
