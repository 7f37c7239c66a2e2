// Shape rules that several operators share. They throw `RangeError`; `outputShapes` adds the name of the layer to its
// message.
import type { Shape } from '../network.ts';

type Pair = readonly [number, number];

/** Checks that a shape has the form [height, width, channels] of an image, and returns it. */
export function imageShape(shape: Shape | undefined): readonly [number, number, number] {
  if (shape?.length !== 3)
    throw new RangeError(`takes an image [height, width, channels], not ${showShape(shape ?? [])}`);
  return shape as unknown as readonly [number, number, number];
}

/**
 * Windows of a convolution or a pool, in pixels. `padding` is [top, bottom, left, right]; pairs are [vertical,
 * horizontal].
 */
export interface Windows {
  readonly size: Pair;
  readonly stride: Pair;
  readonly padding: readonly [number, number, number, number];
  /** True if the last window may extend beyond the padded image. */
  readonly ceil?: boolean;
}

/** Computes the number of windows [vertically, horizontally]. */
export function windowCounts([height, width]: Pair, { size, stride, padding, ceil = false }: Windows): Pair {
  const count = (length: number, before: number, after: number, axis: 0 | 1): number => {
    const steps = (length + before + after - size[axis]) / stride[axis];
    if (!ceil) return Math.floor(steps) + 1;
    const rounded = Math.ceil(steps) + 1;
    // no window may start beyond the image
    return (rounded - 1) * stride[axis] >= length + before ? rounded - 1 : rounded;
  };
  const [top, bottom, left, right] = padding;
  return [count(height, top, bottom, 0), count(width, left, right, 1)];
}

/** Checks that a weight, if present, has one value per channel. `what` names the channels in the message. */
export function expectLength(slot: string, shape: Shape | undefined, channels: number, what: string): void {
  if (shape && shape[0] !== channels)
    throw new RangeError(`${slot} ${showShape(shape)} does not fit ${channels} ${what}`);
}

export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
