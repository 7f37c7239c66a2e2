// What a solver has pulled back from a batch of noised images: always u = h(x') - f, whose product with the noise estimates the
// curvature without bias, and beside it probes whose squares estimate it quietly.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';
import type { Random } from './random.ts';

/** A batch that went forward; `pull` gives J(x')^T u first, then the probes, each [samples, height, width, channels]. */
export interface Forwarded {
  readonly f: Tensor;
  pull(u: Tensor2D): readonly Tensor4D[];
  dispose(): void;
}

export interface Products {
  /** How many products `pull` gives. */
  readonly count: number;
  forward(map: FeatureMap, x: Tensor4D): Forwarded;
}

/** J(x')^T u alone. */
export const exactOnly: Products = {
  count: 1,
  forward(map, x) {
    const linear = map.linearize(x);
    return { f: linear.f, pull: (u) => [linear.pullback(u)], dispose: () => linear.dispose() };
  },
};

/** J'^T u, and J'^T w for w ~ N(0, I): (J^T w)_i^2 has mean ||J_i||^2 and relative variance 2, however many features there are. */
export function gaussNewtonProducts(random: Random): Products {
  return {
    count: 2,
    forward(map, x) {
      const linear = map.linearize(x);
      return {
        f: linear.f,
        pull(u) {
          const values = new Float32Array(u.size);
          random.fillNormal(values);
          const w = tf.tensor2d(values, u.shape);
          const products = [linear.pullback(u), linear.pullback(w)];
          w.dispose();
          return products;
        },
        dispose: () => linear.dispose(),
      };
    },
  };
}
