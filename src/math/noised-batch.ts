// x' = x + sigma o delta (Eq. 5), a batch at a time: the energies ||h(x') - f||^2 and the vector-Jacobian products at x' that every
// solver is made of. Noise is made here, from the caller's stream; what the products mean is the caller's business.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';
import type { Costs } from './linearization.ts';
import { FURTHER_PRODUCT, NonFiniteError, featuresOf } from './linearization.ts';
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
  /** u, [samples, m]: only where asked for. */
  readonly u: Float32Array;
  /** J(x')^T u, [samples, units]: only where asked for. */
  readonly exact: Float32Array;
  /** J(x')^T w for the given w, [samples, units]. */
  readonly probed: Float32Array;
}

export interface NoisedBatchOptions {
  readonly samples: number;
  readonly random: Random;
  /** Pull back u = h(x') - f. */
  readonly exact?: boolean;
  /** Pull back this w, [samples, m], too. */
  readonly probe?: Float32Array;
  /** Read u back. */
  readonly readU?: boolean;
}

const NOTHING = new Float32Array(0);

/** Draws a batch of noised images and evaluates it. `logSigma` is per group. One readback. Throws NonFiniteError. */
export async function drawNoisedBatch(
  problem: Problem,
  logSigma: Float64Array,
  options: NoisedBatchOptions,
): Promise<NoisedBatch> {
  const { map, grid } = problem;
  const { samples } = options;
  const m = map.features;
  const delta = new Float32Array(samples * grid.units);
  options.random.fillNormal(delta);
  const x = noisedImages(problem, logSigma, delta, samples);
  const parts: tf.Tensor[] = [];
  const products = Number(options.exact === true) + Number(options.probe !== undefined);
  const linear = products > 0 ? map.linearize(x) : undefined;
  if (products === 0) problem.costs.forwards += samples;
  else problem.costs.evaluations += samples * (1 + FURTHER_PRODUCT * (products - 1));
  const features = linear?.f ?? map.forward(x);
  const u = tf.tidy(() => tf.sub<Tensor2D>(tf.reshape(features, [samples, m]), problem.f));
  try {
    parts.push(tf.tidy(() => tf.sum(tf.square(u), 1)));
    if (options.readU === true) parts.push(tf.clone(u));
    if (linear !== undefined && options.exact === true) parts.push(linear.pullback(u));
    if (linear !== undefined && options.probe !== undefined) {
      const w = tf.tensor2d(options.probe, [samples, m]);
      parts.push(linear.pullback(w));
      w.dispose();
    }
    const all = tf.tidy(() => tf.concat(parts.map((part) => tf.reshape(part, [part.size]))));
    const values = (await all.data()) as Float32Array;
    all.dispose();
    return { samples, delta, ...slice(values, samples, grid.units, m, options) };
  } finally {
    tf.dispose([x, u, parts]);
    if (linear === undefined) features.dispose();
    else linear.dispose();
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

/** Takes the one readback apart again; NaN and overflow show in its parts. */
function slice(values: Float32Array, samples: number, units: number, m: number, options: NoisedBatchOptions) {
  let at = 0;
  const take = (length: number): Float32Array => values.subarray(at, (at += length));
  const energy = take(samples);
  for (const e of energy) if (!Number.isFinite(e)) throw new NonFiniteError('features');
  const u = options.readU === true ? take(samples * m) : NOTHING;
  const exact = options.exact === true ? take(samples * units) : NOTHING;
  const probed = options.probe !== undefined ? take(samples * units) : NOTHING;
  return { energy, u, exact, probed };
}
