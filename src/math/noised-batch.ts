// x' = x + sigma o delta (Eq. 5), a batch at a time: the energies ||h(x') - f||^2 and the vector-Jacobian products at x' that every
// solver is made of. All of it stays on the backend; what the products mean, and what of them is read, is the caller's business.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';
import { perUnit } from './group-sums.ts';
import type { Costs } from './linearization.ts';
import { FURTHER_PRODUCT, featuresOf } from './linearization.ts';
import type { Random } from './random.ts';
import type { SigmaGrid } from './sigma-grid.ts';

/** One image in front of one tap. `close` frees its tensors. */
export interface Problem {
  readonly map: FeatureMap;
  readonly image: Float32Array;
  readonly grid: SigmaGrid;
  /** So many images go through the network at once, at most: what memory has room for. No result depends on it. */
  readonly rows: number;
  /** x, [1, height, width, channels]. */
  readonly x: Tensor4D;
  /** f = h(x), [1, m]. */
  readonly f: Tensor2D;
  readonly costs: Costs;
  close(): void;
}

/** On one core of a processor 32 and 64 images at once are the fastest, by a fifth before 8 and 128 (ResNet-20). */
export const USUAL_ROWS = 64;

/** Throws NonFiniteError where f is not finite. */
export async function openProblem(
  map: FeatureMap,
  image: Float32Array,
  grid: SigmaGrid,
  rows = USUAL_ROWS,
): Promise<Problem> {
  const costs: Costs = { forwards: 0, evaluations: 0 };
  const f = await featuresOf(map, image, costs);
  const x = tf.tensor4d(image, [1, ...grid.inputShape]);
  return { map, image, grid, rows, x, f, costs, close: () => tf.dispose([x, f]) };
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
export function drawNoisedBatch(problem: Problem, logSigma: Float64Array, options: NoisedBatchOptions): NoisedBatch {
  const { grid, costs } = problem;
  const { samples, pull, random } = options;
  const noise = new Float32Array(samples * grid.units);
  random.fillNormal(noise);
  if (pull === undefined) costs.forwards += samples;
  else costs.evaluations += samples * (1 + FURTHER_PRODUCT * (pull.length - 1));
  const tensors = tidy(() => {
    const delta = tf.tensor4d(noise, [samples, ...grid.inputShape]);
    const x = tf.add<Tensor4D>(problem.x, tf.mul(perUnit(grid, logSigma.map(Math.exp)), delta));
    const probes = pull?.map((w) => (w === 'residuals' ? w : tf.tensor2d(w, [samples, problem.map.features])));
    return { delta, ...evaluateInParts(problem, x, probes, options.keepsResiduals === true) };
  });
  const { residuals } = tensors;
  return {
    samples,
    delta: tensors.delta,
    energy: tensors.energy,
    ...(residuals && { residuals }),
    products: tensors.products,
    dispose: () => tf.dispose([tensors.delta, tensors.energy, ...tensors.products, ...(residuals ? [residuals] : [])]),
  };
}

/** tf.tidy for interfaces, which its types do not take. */
const tidy = tf.tidy as <T>(compute: () => T) => T;

type Pulled = 'residuals' | Tensor2D;

interface Evaluated {
  readonly energy: Tensor1D;
  readonly residuals: Tensor2D | undefined;
  readonly products: readonly Tensor4D[];
}

/** `problem.rows` images at a time. */
function evaluateInParts(
  problem: Problem,
  x: Tensor4D,
  pull: readonly Pulled[] | undefined,
  keepsResiduals: boolean,
): Evaluated {
  const [samples] = x.shape;
  if (samples <= problem.rows) return evaluate(problem, x, pull, keepsResiduals);
  const parts: Evaluated[] = [];
  for (let from = 0; from < samples; from += problem.rows) {
    const rows = Math.min(problem.rows, samples - from);
    const slice = <T extends Tensor2D | Tensor4D>(all: T): T => tf.slice(all, from, rows);
    const part = pull?.map((w) => (w === 'residuals' ? w : slice(w)));
    parts.push(tidy(() => evaluate(problem, slice(x), part, keepsResiduals)));
  }
  const joined = <T extends Tensor1D | Tensor2D | Tensor4D>(of: (part: Evaluated) => T): T =>
    tf.concat<T>(parts.map(of));
  return {
    energy: joined((part) => part.energy),
    residuals: keepsResiduals ? joined((part) => part.residuals!) : undefined,
    products: parts[0]!.products.map((_, k) => joined((part) => part.products[k]!)),
  };
}

function evaluate(
  { map, f }: Problem,
  x: Tensor4D,
  pull: readonly Pulled[] | undefined,
  keepsResiduals: boolean,
): Evaluated {
  const at = pull === undefined ? undefined : map.linearize(x);
  const u = tf.sub<Tensor2D>(at?.f ?? map.forward(x), f);
  const products = at === undefined ? [] : pull!.map((w) => at.pullback(w === 'residuals' ? u : w));
  at?.dispose();
  return { energy: tf.sum(tf.square(u), 1), residuals: keepsResiduals ? u : undefined, products };
}
