// x' = x + sigma o delta (Eq. 5), a batch at a time: the energies ||h(x') - f||^2 and the vector-Jacobian products at x' that every
// solver is made of. All of it stays on the backend; what the products mean, and what of them is read, is the caller's business.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';
import { perUnit } from './group-sums.ts';
import type { Costs } from './linearization.ts';
import { FURTHER_PRODUCT, featuresOf } from './linearization.ts';
import { separatePasses } from './passes.ts';
import type { Passes } from './passes.ts';
import type { Random } from './random.ts';
import type { SigmaGrid } from './sigma-grid.ts';

/** One image in front of one tap. `close` frees its tensors. */
export interface Problem {
  readonly map: FeatureMap;
  readonly image: Float32Array;
  readonly grid: SigmaGrid;
  /** How its noised images go through the network; no result depends on it. */
  readonly passes: Passes;
  /** x, [1, height, width, channels]. */
  readonly x: Tensor4D;
  /** f = h(x), [1, m]. */
  readonly f: Tensor2D;
  readonly costs: Costs;
  close(): void;
}

/** Throws NonFiniteError where f is not finite. */
export async function openProblem(
  map: FeatureMap,
  image: Float32Array,
  grid: SigmaGrid,
  passes: Passes = separatePasses(map),
): Promise<Problem> {
  const costs: Costs = { forwards: 0, evaluations: 0 };
  const f = await featuresOf(map, image, costs);
  const x = tf.tensor4d(image, [1, ...grid.inputShape]);
  return { map, image, grid, passes, x, f, costs, close: () => tf.dispose([x, f]) };
}

/** `dispose` frees its tensors. */
export interface NoisedBatch {
  readonly samples: number;
  /** Standard normal noise, [samples, height, width, channels]. */
  readonly delta: Tensor4D;
  /** ||u||^2 per sample, u = h(x') - f: [samples]. */
  readonly energy: Tensor1D;
  /** u, [samples, m]: only where asked for. */
  readonly residuals?: Tensor2D;
  /** J(x')^T w for all that was to be pulled back, each [samples, height, width, channels]. */
  readonly products: readonly Tensor4D[];
  dispose(): void;
}

export interface NoisedBatchOptions {
  readonly samples: number;
  readonly random: Random;
  /** What to pull back: u = h(x') - f, or probes [samples, m]. Without it the images go forward only. */
  readonly pull?: readonly ('residuals' | Float32Array)[];
  /** Where features are few. */
  readonly keepsResiduals?: boolean;
}

/** Draws a batch of noised images and evaluates it. `logSigma` is per group. */
export async function drawNoisedBatch(
  problem: Problem,
  logSigma: Float64Array,
  options: NoisedBatchOptions,
): Promise<NoisedBatch> {
  const { grid, costs, f } = problem;
  const { samples, pull, random } = options;
  const noise = new Float32Array(samples * grid.units);
  random.fillNormal(noise);
  if (pull === undefined) costs.forwards += samples;
  else costs.evaluations += samples * (1 + FURTHER_PRODUCT * (pull.length - 1));
  const delta = tf.tensor4d(noise, [samples, ...grid.inputShape]);
  const x = tf.tidy(() => tf.add<Tensor4D>(problem.x, tf.mul(perUnit(grid, logSigma.map(Math.exp)), delta)));
  const probes = pull?.map((w) => (w === 'residuals' ? w : tf.tensor2d(w, [samples, problem.map.features])));
  try {
    const passed = await problem.passes.run({ x, f, pull: probes, keepsResiduals: options.keepsResiduals === true });
    const { energy, residuals, products } = passed;
    return {
      samples,
      delta,
      energy,
      ...(residuals && { residuals }),
      products,
      dispose: () => tf.dispose([delta, energy, ...products, ...(residuals ? [residuals] : [])]),
    };
  } catch (error) {
    delta.dispose();
    throw error;
  } finally {
    x.dispose();
    for (const w of probes ?? []) if (w !== 'residuals') w.dispose();
  }
}
