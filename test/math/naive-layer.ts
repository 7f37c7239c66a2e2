// One ReLU layer in float64: noised images, residuals, products and the energy, directly from their definitions.
import type { Random } from '../../src/math/random.ts';
import type { ReluLayer } from './maps.ts';

export interface NaiveSample {
  readonly delta: Float32Array;
  /** Residuals h(x') - f. */
  readonly u: readonly number[];
  /** Energy ||u||^2. */
  readonly energy: number;
  /** Jacobian J(x'), [features][units]. */
  readonly J: readonly (readonly number[])[];
  /** Product J(x')^T w. */
  readonly product: (w: ArrayLike<number>) => number[];
}

function sumsOf({ W, b }: ReluLayer, x: ArrayLike<number>): number[] {
  return W.map((row, k) => row.reduce((sum, w, i) => sum + w * x[i]!, b[k]!));
}

/** Noised image x' = x + sigma o delta with the next noise of the stream; `sigma` is per unit. */
export function naiveSample(
  layer: ReluLayer,
  image: ArrayLike<number>,
  sigma: ArrayLike<number>,
  random: Random,
): NaiveSample {
  const delta = new Float32Array(image.length);
  random.fillNormal(delta);
  const f = sumsOf(layer, image).map((p) => Math.max(0, p));
  const p = sumsOf(layer, delta.map((d, i) => image[i]! + sigma[i]! * d)); // prettier-ignore
  const u = p.map((value, k) => Math.max(0, value) - f[k]!);
  const J = layer.W.map((row, k) => row.map((w) => (p[k]! > 0 ? w : 0)));
  const product = (w: ArrayLike<number>): number[] =>
    Array.from(image, (_, i) => J.reduce((sum, row, k) => sum + row[i]! * w[k]!, 0));
  return { delta, u, energy: u.reduce((sum, value) => sum + value * value, 0), J, product };
}

export function naiveSamples(
  layer: ReluLayer,
  image: ArrayLike<number>,
  sigma: ArrayLike<number>,
  random: Random,
  count: number,
): NaiveSample[] {
  return Array.from({ length: count }, () => naiveSample(layer, image, sigma, random));
}

export function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

/** Variance with the denominator n - 1. */
export function variance(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}
