// Card of the operator relu. Its arithmetic is in ../ops/relu.ts.
import { noAttributes } from './attribute-schemas.ts';
import { defineOperator } from './operator-card.ts';

export const relu = defineOperator({
  op: 'relu',
  doc: 'The larger of 0 and the value.',
  inputs: '1',
  weights: {},
  attributes: noAttributes,
  role: 'activation',
  shape: ([x]) => x!,
  load: () => import('../ops/relu.ts'),
});
