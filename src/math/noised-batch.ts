// x' = x + sigma o delta (Eq. 5), a batch at a time: the energies ||h(x') - f||^2 and the vector-Jacobian products at x' that every
// solver is made of. Noise is made here, from the caller's stream; what the products mean is the caller's business.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';
import type { Costs } from './linearization.ts';
import { FURTHER_PRODUCT, NonFiniteError, featuresOf } from './linearization.ts';
import type { Products } from './products.ts';
import type { Random } from './random.ts';
import type { SigmaGrid } from './sigma-grid.ts';
import { expand } from './sigma-grid.ts';

/** One image in front of one tap. `close` frees f. */
export interface Problem {
  readonly map: FeatureMap;
  readonly image: Float32Array;
  readonly grid: SigmaGrid;
  /** f = h(x), [1, m]. */
  readonly f: Tensor2D;
  readonly costs: Costs;
  close(): void;
}

/** Throws NonFiniteError where f is not finite. */
export async function openProblem(map: FeatureMap, image: Float32Array, grid: SigmaGrid): Promise<Problem> {
  const costs: Costs = { forwards: 0, evaluations: 0 };
  const f = await featuresOf(map, image, costs);
  return { map, image, grid, f, costs, close: () => f.dispose() };
}

export interface NoisedBatch {
  readonly samples: number;
  /** Standard normal noise, [samples, units]. */
  readonly delta: Float32Array;
  /** ||u||^2 per sample, u = h(x') - f. */
  readonly energy: Float32Array;
  /** u, [samples, m]: empty unless the products ask for it. */
  readonly residuals: Float32Array;
  /** J(x')^T u and the probes beside it, each [samples, units]: only where `products` are asked for. */
  readonly products: readonly Float32Array[];
}

export interface NoisedBatchOptions {
  readonly samples: number;
  readonly random: Random;
  /** What to pull back; without it the images go forward only. */
  readonly products?: Products;
}

/** Draws a batch of noised images and evaluates it. `logSigma` is per group. One readback. Throws NonFiniteError. */
export async function drawNoisedBatch(
  problem: Problem,
  logSigma: Float64Array,
  options: NoisedBatchOptions,
): Promise<NoisedBatch> {
  const { map, grid, costs } = problem;
  const { samples, products } = options;
  const delta = new Float32Array(samples * grid.units);
  options.random.fillNormal(delta);
  const x = noisedImages(problem, logSigma, delta, samples);
  const forwarded = products?.forward(map, x);
  const features = forwarded?.f ?? map.forward(x);
  const u = tf.tidy(() => tf.sub<Tensor2D>(tf.reshape(features, [samples, map.features]), problem.f));
  const parts: tf.Tensor[] = [tf.tidy(() => tf.sum(tf.square(u), 1))];
  if (products === undefined) costs.forwards += samples;
  else costs.evaluations += samples * (1 + FURTHER_PRODUCT * (products.count - 1));
  try {
    if (forwarded) parts.push(...forwarded.pull(u));
    const readsResiduals = products?.readsResiduals === true;
    if (readsResiduals) parts.push(tf.clone(u));
    const all = tf.tidy(() => tf.concat(parts.map((part) => tf.reshape(part, [part.size]))));
    const values = (await all.data()) as Float32Array;
    all.dispose();
    const energy = values.subarray(0, samples);
    for (const e of energy) if (!Number.isFinite(e)) throw new NonFiniteError('features');
    const size = samples * grid.units;
    const at = (k: number): number => samples + k * size;
    const read = Array.from({ length: products?.count ?? 0 }, (_, k) => values.subarray(at(k), at(k + 1)));
    return { samples, delta, energy, residuals: values.subarray(at(read.length)), products: read };
  } finally {
    tf.dispose([x, u, parts]);
    if (forwarded) forwarded.dispose();
    else features.dispose();
  }
}

/** x + sigma o delta as a tensor [samples, height, width, channels]. */
function noisedImages(problem: Problem, logSigma: Float64Array, delta: Float32Array, samples: number): tf.Tensor4D {
  const { image, grid } = problem;
  const [height, width, channels] = grid.inputShape;
  const sigma = expand(grid, logSigma.map(Math.exp));
  const noised = new Float32Array(delta.length);
  for (let b = 0; b < samples; b++) {
    const offset = b * grid.units;
    for (let i = 0; i < grid.units; i++) noised[offset + i] = image[i]! + sigma[i]! * delta[offset + i]!;
  }
  return tf.tensor4d(noised, [samples, height, width, channels]);
}
