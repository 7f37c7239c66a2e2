// Sizes and index arithmetic of sliding windows. Numbers only, no tensors.

/** Values [vertical, horizontal]. */
export type Pair = readonly [number, number];
/** Values [top, bottom, left, right]. */
export type Padding = readonly [number, number, number, number];

export interface ConvGeometry {
  readonly stride: Pair;
  /** Rows and columns of zeros around the image. Negative values remove rows and columns of the image. */
  readonly padding: Padding;
  readonly dilation: Pair;
  readonly groups: number;
}

/**
 * Windows of a pool. All lie inside the padded image: if `ceil` makes windows extend beyond it, `padding` is enlarged.
 */
export interface PoolGeometry {
  readonly size: Pair;
  readonly stride: Pair;
  /** Padding; negative at bottom and right if no window reaches some rows and columns. */
  readonly padding: Padding;
}

/**
 * One phase of a transposed convolution along an axis: the outputs a, a + stride, a + 2 stride, ... are an ordinary
 * convolution of dy with some taps of the filter.
 */
export interface Phase {
  /** Filter taps of this phase, in descending order, which is the order in which they are applied to dy. */
  readonly taps: readonly number[];
  /** Distance in dy between neighbouring taps. */
  readonly dilation: number;
  /** Index in dy to which the first tap is applied for the first output; may be negative. */
  readonly start: number;
}

/**
 * Phases of a transposed convolution. From y[i] = sum_u w[u] x[i stride + u dilation - before] it follows that dx[t] is
 * the sum of w[u] dy[i] over all pairs with i stride + u dilation = t + before. For t = a + m stride these are the taps
 * u with u dilation = a + before (mod stride), at i = m + (a + before - u dilation) / stride.
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
