// Explicit sums by group: the naive counterpart of groupSums.
import type { SigmaGrid } from '../../src/math/sigma-grid.ts';

/** Sums the values of the units of each group: out[g] = sum over i in g of values[offset + i]. */
export function pool(
  grid: SigmaGrid,
  values: ArrayLike<number>,
  offset = 0,
  out = new Float64Array(grid.groups),
): Float64Array {
  out.fill(0);
  const { groupOf, units } = grid;
  for (let i = 0; i < units; i++) out[groupOf[i]!]! += values[offset + i]!;
  return out;
}
