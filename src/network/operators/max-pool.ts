// Card of the operator max-pool. Its arithmetic is in ../ops/max-pool.ts.
import { Type } from '@sinclair/typebox';
import { flag, padding, pair, poolStride } from './attribute-schemas.ts';
import { defineOperator } from './operator-card.ts';
import { poolShape } from './pool-shape.ts';

export const maxPool = defineOperator({
  op: 'max-pool',
  doc: 'Largest value of each window; the padding does not count.',
  inputs: '1',
  weights: {},
  attributes: Type.Object({ size: pair(), stride: poolStride, padding, ceil: flag(false) }),
  shape: poolShape,
  load: () => import('../ops/max-pool.ts'),
});
