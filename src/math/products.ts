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
  /** Whether u itself is wanted: only where features are few. */
  readonly readsResiduals?: boolean;
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

/**
 * J'^T u, and J'^T w for random signs w: (J^T w)_i^2 has mean ||J_i||^2 and relative variance below 2, however many features there
 * are. Signs cost a tenth of what normal numbers do, and scatter less.
 */
export function signProducts(random: Random): Products {
  return twoProducts((w) => random.fillSigns(w));
}

/** J'^T u, and in turn the rows of J': w = sqrt(m) e_k, k = 0, 1, ..., m - 1, 0, ... */
export interface CoordinateProducts extends Products {
  /** k of every sample of the last batch. */
  readonly coordinates: () => readonly number[];
}

export function coordinateProducts(features: number): CoordinateProducts {
  let coordinates: readonly number[] = [];
  let next = 0;
  const products = twoProducts((w) => {
    coordinates = Array.from({ length: w.length / features }, (_, b) => (next + b) % features);
    next = (next + coordinates.length) % features;
    coordinates.forEach((k, b) => (w[b * features + k] = Math.sqrt(features)));
  });
  return { ...products, readsResiduals: true, coordinates: () => coordinates };
}

/** J'^T u and J'^T w, `fill` makes w [samples, m] of a batch from zeros. */
function twoProducts(fill: (w: Float32Array) => void): Products {
  return {
    count: 2,
    forward(map, x) {
      const linear = map.linearize(x);
      return {
        f: linear.f,
        pull(u) {
          const values = new Float32Array(u.size);
          fill(values);
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
