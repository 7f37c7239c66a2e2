// Sizes and index arithmetic of sliding windows. Numbers only, no tensors.

/** Pair of values [vertical, horizontal]. */
export type Pair = readonly [number, number];
/** Padding [top, bottom, left, right] in pixels. */
export type Padding = readonly [number, number, number, number];

export interface ConvGeometry {
  readonly stride: Pair;
  /** Rows and columns of zeros around the image. Negative values remove rows and columns of the image. */
  readonly padding: Padding;
  readonly dilation: Pair;
  readonly groups: number;
}

/**
 * Windows of a pool. `padding` is large enough that every window lies inside the padded image. Pools with `ceil` may
 * therefore need more padding than their layer specifies.
 */
export interface PoolGeometry {
  readonly size: Pair;
  readonly stride: Pair;
  /** Padding. Negative values at the bottom and right remove rows and columns that no window reaches. */
  readonly padding: Padding;
}

/**
 * Phase of a transposed convolution along one axis. Phase number a consists of the outputs a, a + stride, a + 2 stride,
 * ... These outputs are an ordinary convolution of dy with some taps of the filter.
 */
export interface Phase {
  /** Filter taps of this phase in descending order, which is the order in which they are applied to dy. */
  readonly taps: readonly number[];
  /** Distance in dy between neighbouring taps. */
  readonly dilation: number;
  /** Index in dy that the first tap multiplies for the first output of the phase. It may be negative. */
  readonly start: number;
}

/**
 * Computes the phases of a transposed convolution along one axis.
 * From y[i] = sum_u w[u] x[i stride + u dilation - before] it follows that dx[t] is the sum of w[u] dy[i] over all
 * pairs (u, i) with i stride + u dilation = t + before. For output m of phase a, t = a + m stride. Its pairs are the
 * taps u with u dilation = a + before (mod stride), each with i = m + (a + before - u dilation) / stride.
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
