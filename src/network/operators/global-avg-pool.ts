// Card of the operator global-avg-pool. Its arithmetic is in ../ops/global-avg-pool.ts.
import { noAttributes } from './attribute-schemas.ts';
import { defineOperator } from './operator-card.ts';
import { imageShape } from './shape-rules.ts';

export const globalAvgPool = defineOperator({
  op: 'global-avg-pool',
  doc: 'Mean of each channel over all pixels.',
  inputs: '1',
  weights: {},
  attributes: noAttributes,
  shape: ([x]) => [imageShape(x)[2]],
  load: () => import('../ops/global-avg-pool.ts'),
});
