// Windows of a pooling layer. With `ceil`, the last window of a row may extend beyond the padded image. Without `ceil`,
// pixels at the end may belong to no window. In both cases, the returned padding makes the windows fit exactly.
import type { Padding, Pair, PoolGeometry } from '../../compute/kernels/geometry.ts';
import type { Shape } from '../network.ts';

export interface PoolAttributes {
  readonly size: Pair;
  /** Stride; default: the size of the windows. */
  readonly stride?: Pair;
  readonly padding: Padding;
}

export function poolGeometry(attributes: PoolAttributes, input: Shape, output: Shape): PoolGeometry {
  const { size, stride = size, padding: given } = attributes;
  const after = (axis: 0 | 1, before: number): number =>
    ((output[axis] as number) - 1) * stride[axis] + size[axis] - (input[axis] as number) - before;
  return { size, stride, padding: [given[0], after(0, given[0]), given[2], after(1, given[2])] };
}
