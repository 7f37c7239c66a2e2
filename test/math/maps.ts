// Feature maps with known answers: linear ones, and one ReLU layer, whose energy under Gaussian noise has a closed
// form.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { FeatureMap } from '../../src/math/feature-map.ts';
import { Random } from '../../src/math/random.ts';

export type Matrix = readonly (readonly number[])[];

export async function useCpu(): Promise<void> {
  await tf.setBackend('cpu');
  await tf.ready();
}

/** Layer f = g(W x + b), row by row, with the derivative g' as a function of the sum. */
function oneLayer(
  W: Matrix,
  b: readonly number[],
  inputShape: readonly [number, number, number],
  relu: boolean,
): FeatureMap {
  const units = inputShape[0] * inputShape[1] * inputShape[2];
  const weights = tf.tensor2d(W as number[][], [W.length, units]);
  const bias = tf.tensor1d(b as number[]);
  const sums = (x: tf.Tensor4D): tf.Tensor =>
    tf.add(tf.matMul(tf.reshape<tf.Rank.R2>(x, [x.shape[0], units]), weights, false, true), bias);
  return {
    inputShape,
    features: W.length,
    forward: (x) => tf.tidy(() => (relu ? tf.relu(sums(x)) : sums(x))),
    linearize(x) {
      const p = tf.tidy(() => sums(x));
      const f = relu ? tf.relu(p) : tf.clone(p);
      return {
        f,
        pullback: (u) =>
          tf.tidy(() => {
            const v = relu ? tf.mul(u, tf.cast(tf.greater(p, 0), 'float32')) : u;
            return tf.reshape(tf.matMul(v as tf.Tensor2D, weights), x.shape);
          }),
        dispose: () => tf.dispose([p, f]),
      };
    },
    dispose: () => tf.dispose([weights, bias]),
  };
}

export function linearMap(W: Matrix, inputShape: readonly [number, number, number]): FeatureMap {
  return oneLayer(
    W,
    W.map(() => 0),
    inputShape,
    false,
  );
}

export interface ReluLayer {
  readonly map: FeatureMap;
  readonly W: Matrix;
  readonly b: readonly number[];
  readonly inputShape: readonly [number, number, number];
}

export function reluLayer(W: Matrix, b: readonly number[], inputShape: readonly [number, number, number]): ReluLayer {
  return { map: oneLayer(W, b, inputShape, true), W, b, inputShape };
}

/**
 * Random 3x3 filters over a one-channel image, applied at every position, with weights scaled by a bump over the image.
 */
export function localWeights(side: number, filters: number, seed: string): number[][] {
  const random = new Random(seed);
  const rows: number[][] = [];
  for (let filter = 0; filter < filters; filter++) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const row = new Array<number>(side * side).fill(0);
        const strength = Math.exp(-((y - side / 2) ** 2 + (x - side / 3) ** 2) / (side * side * 0.3));
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            if (y + dy < 0 || x + dx < 0 || y + dy >= side || x + dx >= side) continue;
            row[(y + dy) * side + x + dx] = strength * random.normal();
          }
        }
        rows.push(row);
      }
    }
  }
  return rows;
}

export function gaussianImage(units: number, seed: string): Float32Array {
  const image = new Float32Array(units);
  new Random(seed).fillNormal(image);
  return image;
}
