// max-pool: the largest value of each window; the padding does not count. The pixel with the largest value receives the
// gradient; among equal values, the first pixel receives it.
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { MakeOperator } from './operator.ts';
import { nothing } from './operator.ts';
import { poolGeometry } from './pool-geometry.ts';
import type { PoolAttributes } from './pool-geometry.ts';

export const make: MakeOperator<PoolAttributes> = ({ attributes, kernels, inputShapes, outputShape }) => {
  const pool = poolGeometry(attributes, inputShapes[0]!, outputShape);
  return {
    fusesRelu: false,
    keeps: ['inputs', 'output'],
    forward: ([x]) => kernels.maxPool(x as Tensor4D, pool),
    inputGradients: (dy, { inputs: [x], output }) => [
      kernels.maxPoolGradient(dy as Tensor4D, x as Tensor4D, output as Tensor4D, pool),
    ],
    dispose: nothing,
  };
};
