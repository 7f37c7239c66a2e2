// Card of the operator avg-pool. Its arithmetic is in ../ops/avg-pool.ts.
import { Type } from '@sinclair/typebox';
import { flag, padding, pair, poolStride } from './attribute-schemas.ts';
import { defineOperator } from './operator-card.ts';
import { poolShape } from './pool-shape.ts';

export const avgPool = defineOperator({
  op: 'avg-pool',
  doc: 'Mean of each window.',
  inputs: '1',
  weights: {},
  attributes: Type.Object({
    size: pair(),
    stride: poolStride,
    padding,
    ceil: flag(false),
    count_include_pad: flag(true),
  }),
  shape: poolShape,
  load: () => import('../ops/avg-pool.ts'),
});
