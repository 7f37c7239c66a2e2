// The windows of a pooling layer. With `ceil`, the last window of a row may stick out of the padded image; without, pixels at the
// end may be in no window. Either way the padding returned makes the windows fit exactly.
import type { PoolGeometry } from '../../compute/kernels/geometry.ts';
import type { Layer } from '../network.ts';
import type { Shape } from '../shapes.ts';
import { expectAttributes, paddingAttribute, pairAttribute, refuse } from './attributes.ts';

export function poolGeometry(layer: Layer, input: Shape, output: Shape): PoolGeometry {
  expectAttributes(layer, ['size', 'stride', 'padding', 'ceil', 'countIncludePad']);
  const size = pairAttribute(layer, 'size');
  const stride = pairAttribute(layer, 'stride', size);
  const given = paddingAttribute(layer);
  if (given.some((border, side) => border >= size[side < 2 ? 0 : 1])) {
    refuse(layer, 'padding', 'smaller than the window: a window of padding alone has no value');
  }
  const after = (axis: 0 | 1, before: number): number =>
    ((output[axis] as number) - 1) * stride[axis] + size[axis] - (input[axis] as number) - before;
  return { size, stride, padding: [given[0], after(0, given[0]), given[2], after(1, given[2])] };
}
