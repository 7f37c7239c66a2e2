// Schemas of attributes that several operators have. A `description` completes the message "expected ...".
import { Type } from '@sinclair/typebox';

const size = (least: number) => Type.Integer({ minimum: least });

/** Schema of a pair [vertical, horizontal] of whole numbers that are at least `least`. */
export const pair = (fallback: readonly [number, number] = [1, 1], least = 1) =>
  Type.Tuple([size(least), size(least)], {
    default: fallback,
    description: `two whole numbers of at least ${least}`,
  });

/** Schema of a padding [top, bottom, left, right] in pixels. */
export const padding = Type.Tuple([size(0), size(0), size(0), size(0)], {
  default: [0, 0, 0, 0],
  description: 'four whole numbers: top, bottom, left, right',
});

export const groups = Type.Integer({ minimum: 1, default: 1, description: 'a whole number of at least 1' });

/** Schema of the stride of a pooling layer. If the stride is absent, it equals the size of the windows. */
export const poolStride = Type.Optional(
  Type.Tuple([size(1), size(1)], { description: 'two whole numbers of at least 1' }),
);

export const flag = (fallback: boolean) => Type.Boolean({ default: fallback, description: 'true or false' });

export const noAttributes = Type.Object({});
