// Independent computations of norms of the Jacobian: column norms from the whole Jacobian, and delta_f^2 by its
// definition.
import * as tf from '@tensorflow/tfjs-core';
import { groupEnergies } from '../../src/math/column-norms.ts';
import type { FeatureMap } from '../../src/math/feature-map.ts';
import { featuresOf, wholeJacobian } from '../../src/math/linearization.ts';
import type { Costs, ProductOptions } from '../../src/math/linearization.ts';
import { meanAndError } from '../../src/math/mean-and-error.ts';
import type { MeanAndError } from '../../src/math/mean-and-error.ts';
import type { Random } from '../../src/math/random.ts';
import type { SigmaGrid } from '../../src/math/sigma-grid.ts';

/** Exact A_g: squared norms of the columns of J, summed by group. */
export async function exactColumnNorms(
  map: FeatureMap,
  image: Float32Array,
  grid: SigmaGrid,
  options: ProductOptions,
): Promise<Float64Array> {
  const jacobian = wholeJacobian(map, image, options);
  const energies = await groupEnergies(grid, jacobian);
  jacobian.dispose();
  return energies;
}

/** delta_f^2 by its definition at a finite tau, from forward passes alone. Curvature biases it as tau grows, rounding as tau shrinks. */
export async function deltaF2ByForwards(
  map: FeatureMap,
  image: Float32Array,
  options: {
    readonly tau: number;
    readonly samples: number;
    readonly batch: number;
    readonly random: Random;
    readonly costs: Costs;
  },
): Promise<MeanAndError> {
  const [height, width, channels] = map.inputShape;
  const f = await featuresOf(map, image, options.costs);
  const squares: number[] = [];
  while (squares.length < options.samples) {
    const rows = Math.min(options.batch, options.samples - squares.length);
    const noised = new Float32Array(rows * image.length);
    options.random.fillNormal(noised);
    for (let i = 0; i < noised.length; i++) noised[i] = image[i % image.length]! + options.tau * noised[i]!;
    const energy = tf.tidy(() => {
      const features = map.forward(tf.tensor4d(noised, [rows, height, width, channels]));
      return tf.sum(tf.square(tf.sub(tf.reshape(features, [rows, map.features]), f)), 1);
    });
    options.costs.forwards += rows;
    for (const e of await energy.data()) squares.push(e / options.tau ** 2);
    energy.dispose();
  }
  f.dispose();
  return meanAndError(squares);
}
