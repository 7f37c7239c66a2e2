// avg-pool: the mean of each window. With `count_include_pad` (the default), the mean includes the zeros of the
// padding. With `ceil`, windows may extend beyond the padding, but the mean never includes positions beyond the
// padding.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Pair } from '../../compute/kernels/geometry.ts';
import type { Shape } from '../network.ts';
import type { MakeOperator } from './operator.ts';
import { poolGeometry } from './pool-geometry.ts';
import type { PoolAttributes } from './pool-geometry.ts';

interface AvgPoolAttributes extends PoolAttributes {
  readonly count_include_pad: boolean;
}

export const make: MakeOperator<AvgPoolAttributes> = ({ attributes, kernels, inputShapes, outputShape }) => {
  const input = inputShapes[0]!;
  const pool = poolGeometry(attributes, input, outputShape);
  const size: Pair = [input[0] as number, input[1] as number];
  const factors = countFactors(attributes, input, outputShape, pool);
  return {
    fusesRelu: false,
    keeps: [],
    forward: ([x]) =>
      tf.tidy((): Tensor => {
        const means = kernels.avgPool(x as Tensor4D, pool);
        return factors ? tf.mul(means, factors) : means;
      }),
    inputGradients: (dy) => [
      tf.tidy(() => kernels.avgPoolGradient((factors ? tf.mul(dy, factors) : dy) as Tensor4D, size, pool)),
    ],
    dispose: () => tf.dispose(factors ?? []),
  };
};

/**
 * Returns a factor for every window, as [1, h, w, 1]: the number of positions in the window divided by the number of
 * positions that its mean includes. Returns undefined if all factors are 1.
 */
function countFactors(
  { padding: given, count_include_pad: counted }: AvgPoolAttributes,
  input: Shape,
  output: Shape,
  { size, stride, padding }: ReturnType<typeof poolGeometry>,
): Tensor4D | undefined {
  const along = (axis: 0 | 1): number[] => {
    const [before, after] = [given[2 * axis] as number, given[2 * axis + 1] as number];
    const first = counted ? -before : 0;
    const end = (input[axis] as number) + (counted ? after : 0);
    return Array.from({ length: output[axis] as number }, (_, i) => {
      const start = i * stride[axis] - (padding[2 * axis] as number);
      return Math.min(start + size[axis], end) - Math.max(start, first);
    });
  };
  const [rows, columns] = [along(0), along(1)];
  const factors = rows.flatMap((row) => columns.map((column) => (size[0] * size[1]) / (row * column)));
  if (factors.every((factor) => factor === 1)) return undefined;
  return tf.tensor4d(factors, [1, rows.length, columns.length, 1]);
}
