// Shape rule of max-pool and avg-pool.
import type { Shape } from '../network.ts';
import type { ShapedLayer } from './operator-card.ts';
import { imageShape, windowCounts } from './shape-rules.ts';
import type { Windows } from './shape-rules.ts';

export interface PoolAttributes extends Omit<Windows, 'stride'> {
  readonly stride?: Windows['stride'];
}

export function poolShape([x]: readonly Shape[], { attributes }: ShapedLayer<PoolAttributes>): Shape {
  const [height, width, channels] = imageShape(x);
  const { size, padding } = attributes;
  if (padding.some((border, side) => border >= size[side < 2 ? 0 : 1]))
    throw new RangeError(
      `padding [${padding.join(', ')}] is not smaller than the window [${size.join(', ')}]: a window with only padding has no value`,
    );
  return [...windowCounts([height, width], { ...attributes, stride: attributes.stride ?? size }), channels];
}
