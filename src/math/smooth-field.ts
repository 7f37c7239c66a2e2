// Smoothing of a field over the image by normalised Gaussians (docs/solver.md, step 8):
// S_k y = (kernel * y) / (kernel * 1), over live groups only, so that borders and groups that are not live do not
// reduce the values. The field's mask says which groups are live. Widths are in groups; width 0 is the identity.
import { SOLVER } from './solver.ts';

/** Shape of a field, and a mask of its groups. */
export interface Field {
  readonly planes: number;
  readonly rows: number;
  readonly columns: number;
  /** 1 for live groups, 0 for groups that are left out. */
  readonly live: Uint8Array;
}

/** Widths of the smoothings S_k, in groups. */
export const WIDTHS = SOLVER.widths;

/** Smoothed field S_k y, and the trace of S_k over the live groups of the field. */
export interface Smoothed {
  readonly values: Float64Array;
  readonly trace: number;
}

/** Smooths `y`, one value per group. Groups that are not live are ignored, and are 0 in the result. */
export function smoothField(y: Float64Array, field: Field, width: number): Smoothed {
  const live = field.live;
  let count = 0;
  for (let g = 0; g < live.length; g++) count += live[g]!;
  if (width === 0) return { values: y.map((value, g) => (live[g] === 1 ? value : 0)), trace: count };
  const kernel = gaussianKernel(width);
  const top = y.map((value, g) => (live[g] === 1 ? value : 0));
  convolve(top, field, kernel);
  const bottom = count === live.length ? wholeKernelSums(field, kernel) : Float64Array.from(live);
  if (count < live.length) convolve(bottom, field, kernel);
  const centre = kernel[(kernel.length - 1) / 2]! ** 2;
  let trace = 0;
  for (let g = 0; g < y.length; g++) {
    if (live[g] === 0) top[g] = 0;
    else {
      top[g]! /= bottom[g]!;
      trace += centre / bottom[g]!;
    }
  }
  return { values: top, trace };
}

/**
 * Standard error of the mean of a field over its live groups, valid even if neighbouring values are correlated.
 * Products of neighbours are summed with the Bartlett kernel of Newey and West (1987) in both directions of the image.
 * For white noise the result is the standard error of independent values.
 */
export function errorOfMean(values: Float64Array, field: Field): number {
  const { live } = field;
  let [n, sum] = [0, 0];
  for (let g = 0; g < live.length; g++) if (live[g] === 1) [n, sum] = [n + 1, sum + values[g]!];
  const excess = values.map((value, g) => (live[g] === 1 ? value - sum / n : 0));
  const around = excess.slice();
  const reach = SOLVER.bartlettReach;
  const kernel = Float64Array.from({ length: 2 * reach - 1 }, (_, i) => 1 - Math.abs(i - reach + 1) / reach);
  convolve(around, field, kernel);
  const total = excess.reduce((product, value, g) => product + value * around[g]!, 0);
  return Math.sqrt(Math.max(0, total)) / n;
}

/**
 * Smoothing matrix along one direction of a field whose groups are all live: `size` rows of `size` weights, each row
 * with the sum 1.
 */
export function smoothingAlong(size: number, width: number): Float64Array[] {
  const kernel = width === 0 ? Float64Array.of(1) : gaussianKernel(width);
  const reach = (kernel.length - 1) / 2;
  return Array.from({ length: size }, (_, i) => {
    const row = Float64Array.from({ length: size }, (__, j) => kernel[reach + j - i] ?? 0);
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((value) => value / sum);
  });
}

/** Sampled Gaussian with the sum 1, truncated at SOLVER.kernelReach widths. */
function gaussianKernel(width: number): Float64Array {
  const reach = Math.ceil(SOLVER.kernelReach * width);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / width) ** 2));
  const sum = kernel.reduce((a, b) => a + b, 0);
  return kernel.map((value) => value / sum);
}

/**
 * Convolution of the kernel with a field of ones. For every group, it is the sum of the kernel weights that lie inside
 * the field.
 */
function wholeKernelSums({ planes, rows, columns }: Field, kernel: Float64Array): Float64Array {
  const sums = (size: number): Float64Array => {
    const line = new Float64Array(size).fill(1);
    convolveLine(line, 0, 1, size, kernel);
    return line;
  };
  const [down, across] = [sums(rows), sums(columns)];
  return Float64Array.from({ length: planes * rows * columns }, (_, g) => {
    return down[Math.floor(g / columns) % rows]! * across[g % columns]!;
  });
}

/** Separable convolution of every plane, in place, with zeros outside the field. */
function convolve(values: Float64Array, field: Field, kernel: Float64Array): void {
  const { planes, rows, columns } = field;
  for (let line = 0; line < planes * rows; line++) convolveLine(values, line * columns, 1, columns, kernel);
  for (let plane = 0; plane < planes; plane++) {
    for (let column = 0; column < columns; column++) {
      convolveLine(values, plane * rows * columns + column, columns, rows, kernel);
    }
  }
}

function convolveLine(values: Float64Array, start: number, step: number, length: number, kernel: Float64Array): void {
  const reach = (kernel.length - 1) / 2;
  const line = new Float64Array(length);
  for (let i = 0; i < length; i++) line[i] = values[start + i * step]!;
  for (let i = 0; i < length; i++) {
    let sum = 0;
    const last = Math.min(length - 1, i + reach);
    for (let j = Math.max(0, i - reach); j <= last; j++) sum += line[j]! * kernel[reach + j - i]!;
    values[start + i * step] = sum;
  }
}
