// The windows of a pooling layer. With `ceil`, the last window of a row may stick out of the padded image; without, pixels at the
// end may be in no window. Either way the padding returned makes the windows fit exactly.
import type { Padding, Pair, PoolGeometry } from '../../compute/kernels/geometry.ts';
import type { Shape } from '../network.ts';

export interface PoolAttributes {
  readonly size: Pair;
  /** The size if left out. */
  readonly stride?: Pair;
  readonly padding: Padding;
}

export function poolGeometry(attributes: PoolAttributes, input: Shape, output: Shape): PoolGeometry {
  const { size, stride = size, padding: given } = attributes;
  const after = (axis: 0 | 1, before: number): number =>
    ((output[axis] as number) - 1) * stride[axis] + size[axis] - (input[axis] as number) - before;
  return { size, stride, padding: [given[0], after(0, given[0]), given[2], after(1, given[2])] };
}
