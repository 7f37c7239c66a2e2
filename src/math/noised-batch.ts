// Batches of noised images x' = x + sigma o delta (Eq. 5): the energies ||h(x') - f||^2 and the vector-Jacobian
// products at x'. Every solver uses these batches. Everything stays on the backend; the caller decides which values to
// read.
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

/** One image and one tap. `close` frees the tensors. */
export interface Problem {
  readonly map: FeatureMap;
  readonly image: Float32Array;
  readonly grid: SigmaGrid;
  /**
   * Evaluates the noised images, alone or in batches shared with other images. Results do not depend on this choice,
   * except for rounding.
   */
  readonly passes: Passes;
  /** x, [1, height, width, channels]. */
  readonly x: Tensor4D;
  /** f = h(x), [1, m]. */
  readonly f: Tensor2D;
  readonly costs: Costs;
  close(): void;
}

/** Opens the problem of one image: computes f and copies x to the backend. Throws NonFiniteError if f is not finite. */
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

/** A batch of evaluated noised images. `dispose` frees the tensors. */
export interface NoisedBatch {
  readonly samples: number;
  /** Standard normal noise, [samples, height, width, channels]. */
  readonly delta: Tensor4D;
  /** Energy ||u||^2 of every sample, [samples], where u = h(x') - f. */
  readonly energy: Tensor1D;
  /** Residuals u = h(x') - f, [samples, m]; only if `keepsResiduals` was set. */
  readonly residuals?: Tensor2D;
  /** Products J(x')^T w, one tensor [samples, height, width, channels] for every entry w of `pull`. */
  readonly products: readonly Tensor4D[];
  dispose(): void;
}

export interface NoisedBatchOptions {
  readonly samples: number;
  readonly random: Random;
  /**
   * Vectors to pull back: the residuals u = h(x') - f, or probes [samples, m]. Without `pull`, there is only a forward
   * pass.
   */
  readonly pull?: readonly ('residuals' | Float32Array)[];
  /** True: the batch also contains the residuals u, which take little memory if there are few features. */
  readonly keepsResiduals?: boolean;
}

/** Draws a batch of noised images at `logSigma`, one value per group, and evaluates it. */
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
