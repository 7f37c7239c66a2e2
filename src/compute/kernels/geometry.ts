// Sizes and index arithmetic of sliding windows. Numbers only, no tensors.

/** [vertical, horizontal] */
export type Pair = readonly [number, number];
/** [top, bottom, left, right] */
export type Padding = readonly [number, number, number, number];

export interface ConvGeometry {
  readonly stride: Pair;
  /** Zeros around the image; negative: rows and columns left out. */
  readonly padding: Padding;
  readonly dilation: Pair;
  readonly groups: number;
}

/** Windows that all lie in the padded image; where windows of a pool stick out (`ceil`), `padding` says so. */
export interface PoolGeometry {
  readonly size: Pair;
  readonly stride: Pair;
  /** May be negative at bottom and right: rows and columns that no window reaches. */
  readonly padding: Padding;
}

/** Number of window positions along an axis. */
export function positions(size: number, around: number, kernel: number, stride: number, dilation = 1): number {
  return Math.floor((size + around - (kernel - 1) * dilation - 1) / stride) + 1;
}

/**
 * One phase of a transposed convolution along an axis: the outputs a, a + stride, a + 2 stride, ... are an ordinary
 * convolution of dy with some of the filter's taps.
 */
export interface Phase {
  /** Filter taps in use, in the order in which they meet dy: descending. */
  readonly taps: readonly number[];
  /** Distance in dy between neighbouring taps. */
  readonly dilation: number;
  /** Index in dy that the first tap meets for the first output; may be negative. */
  readonly start: number;
}

/**
 * y[i] = sum_u w[u] x[i stride + u dilation - before], so x[t] collects w[u] dy[i] wherever i stride + u dilation = t + before.
 * For t = a + m stride that means taps u with u dilation = a + before (mod stride), at i = m + (a + before - u dilation) / stride.
 */
export function transposedPhases(kernel: number, stride: number, dilation: number, before: number): readonly Phase[] {
  return Array.from({ length: stride }, (_, a) => {
    const taps = Array.from({ length: kernel }, (_, k) => kernel - 1 - k).filter(
      (u) => mod(a + before - u * dilation, stride) === 0,
    );
    const [first = 0, second] = taps;
    const spacing = second === undefined ? 1 : ((first - second) * dilation) / stride;
    return { taps, dilation: spacing, start: (a + before - first * dilation) / stride };
  });
}

function mod(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
