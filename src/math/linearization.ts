// Vector-Jacobian products at one image x: J(x)^T u for many u from one forward pass. Not at noised images: see noised-batch.ts.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';
import type { Random } from './random.ts';

/** What was spent on an image. */
export interface Costs {
  /** Images that went forward only. */
  forwards: number;
  /** Images that went forward and had one vector-Jacobian product; a further product on the same forward counts .6 (measured). */
  evaluations: number;
}

/** The cost of a further product on the same forward pass, in evaluations. */
export const FURTHER_PRODUCT = 0.6;

/** Thrown where a feature or a gradient is NaN or infinite: the network overflows on this image. */
export class NonFiniteError extends Error {
  readonly what: string;
  constructor(what: string) {
    super(`${what} are not finite`);
    this.name = 'NonFiniteError';
    this.what = what;
  }
}

/** f = h(x), [1, m], to be disposed by the caller. Throws NonFiniteError. */
export async function featuresOf(map: FeatureMap, image: Float32Array, costs: Costs): Promise<Tensor2D> {
  const [height, width, channels] = map.inputShape;
  const f = tf.tidy(() => tf.reshape(map.forward(tf.tensor4d(image, [1, height, width, channels])), [1, map.features]));
  costs.forwards += 1;
  if (!allFinite(await f.data())) {
    f.dispose();
    throw new NonFiniteError('features');
  }
  return f as Tensor2D;
}

interface RandomProbeOptions {
  readonly count: number;
  readonly batch: number;
  readonly random: Random;
  readonly costs: Costs;
}

/**
 * J(x)^T w for `count` random w, in batches of `batch`; `visit` gets each product as [units] at `offset` of `values`.
 * Throws NonFiniteError.
 */
type RandomProbes = (
  map: FeatureMap,
  image: Float32Array,
  options: RandomProbeOptions,
  visit: (values: Float32Array, offset: number) => void,
) => Promise<void>;

function randomProbes(fill: (random: Random, w: Float32Array) => void): RandomProbes {
  return async (map, image, options, visit) => {
    const probes = (rows: number): Float32Array => {
      const w = new Float32Array(rows * map.features);
      fill(options.random, w);
      return w;
    };
    await pullBackMany(map, image, { ...options, probes }, visit);
  };
}

/** w ~ N(0, I_m). */
export const probeGaussian: RandomProbes = randomProbes((random, w) => random.fillNormal(w));

/** Random signs in w: ||J^T w||^2 has the same mean as with normal numbers, and scatters no more. */
export const probeSigns: RandomProbes = randomProbes((random, w) => random.fillSigns(w));

/** The rows of J(x) one after the other, exactly: m products. Throws NonFiniteError. */
export async function visitJacobian(
  map: FeatureMap,
  image: Float32Array,
  options: { readonly batch: number; readonly costs: Costs },
  visit: (values: Float32Array, offset: number, feature: number) => void,
): Promise<void> {
  let feature = 0;
  let row = 0;
  const probes = (rows: number): Float32Array => {
    const w = new Float32Array(rows * map.features);
    for (let b = 0; b < rows; b++) w[b * map.features + row++] = 1;
    return w;
  };
  await pullBackMany(map, image, { ...options, count: map.features, probes }, (values, offset) => {
    visit(values, offset, feature++);
  });
}

interface PullBackOptions {
  readonly count: number;
  readonly batch: number;
  readonly costs: Costs;
  readonly probes: (rows: number) => Float32Array;
}

/** One forward of a batch of copies of x serves all products of that size. */
async function pullBackMany(
  map: FeatureMap,
  image: Float32Array,
  options: PullBackOptions,
  visit: (values: Float32Array, offset: number) => void,
): Promise<void> {
  const units = image.length;
  for (let done = 0; done < options.count;) {
    const rows = Math.min(options.batch, options.count - done);
    const x = repeatImage(map, image, rows);
    const linear = map.linearize(x);
    options.costs.evaluations += (1 - FURTHER_PRODUCT) * rows;
    try {
      for (; options.count - done >= rows; done += rows) {
        const w = tf.tensor2d(options.probes(rows), [rows, map.features]);
        const product = linear.pullback(w);
        options.costs.evaluations += FURTHER_PRODUCT * rows;
        const values = (await product.data()) as Float32Array;
        tf.dispose([w, product]);
        if (!Number.isFinite(sumOf(values))) throw new NonFiniteError('gradients');
        for (let b = 0; b < rows; b++) visit(values, b * units);
      }
    } finally {
      linear.dispose();
      x.dispose();
    }
  }
}

/** x repeated as a batch [rows, height, width, channels]. */
export function repeatImage(map: FeatureMap, image: Float32Array, rows: number): tf.Tensor4D {
  const [height, width, channels] = map.inputShape;
  const copies = new Float32Array(rows * image.length);
  for (let b = 0; b < rows; b++) copies.set(image, b * image.length);
  return tf.tensor4d(copies, [rows, height, width, channels]);
}

function sumOf(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

function allFinite(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}
