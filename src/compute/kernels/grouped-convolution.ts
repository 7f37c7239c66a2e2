// Convolution in groups: the channels are split into groups, each group is convolved densely, and the results are
// concatenated. The two extreme cases have their own kernels: with one group the convolution is dense, and with one
// group per channel it is depthwise.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Finish } from './forward.ts';
import type { ConvGeometry } from './geometry.ts';
import type { Convolution } from './kernels.ts';

/**
 * Creates a grouped convolution.
 * @param dense creates the convolution of one group
 */
export function groupedConvolution(
  dense: (filter: Tensor4D, geometry: ConvGeometry) => Convolution,
  filter: Tensor4D,
  geometry: ConvGeometry,
): Convolution {
  const { groups } = geometry;
  const filters: Tensor4D[] = tf.split(filter, groups, 3);
  const parts = filters.map((part) => dense(part, { ...geometry, groups: 1 }));
  const split = <T extends tf.Tensor>(x: T): T[] => tf.split<T>(x, groups, x.rank - 1);
  const each = (run: (part: Convolution, group: number) => Tensor4D): Tensor4D =>
    tf.tidy(() => tf.concat(parts.map(run), 3));
  return {
    forward(x: Tensor4D, { bias, relu }: Finish = {}): Tensor4D {
      return tf.tidy(() => {
        const [xs, biases] = [split(x), bias && split(bias)];
        return each((part, group) => part.forward(xs[group] as Tensor4D, { bias: biases?.[group], relu }));
      });
    },
    takesAddend: false,
    inputGradient(dy, size) {
      return tf.tidy(() => {
        const dys = split(dy);
        return each((part, group) => part.inputGradient(dys[group] as Tensor4D, size));
      });
    },
    filterGradient(x, dy) {
      return tf.tidy(() => {
        const [xs, dys] = [split(x), split(dy)];
        return each((part, group) => part.filterGradient(xs[group] as Tensor4D, dys[group] as Tensor4D));
      });
    },
    dispose() {
      parts.forEach((part) => part.dispose());
      tf.dispose(filters);
    },
  };
}
