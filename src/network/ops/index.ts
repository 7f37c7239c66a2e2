// All operators by the name layers use, and the layouts of their weights.
import { add } from './add.ts';
import { avgPool } from './avg-pool.ts';
import { batchNorm } from './batch-norm.ts';
import { concat } from './concat.ts';
import { convTranspose } from './conv-transpose.ts';
import { conv } from './conv.ts';
import { flatten } from './flatten.ts';
import { globalAvgPool } from './global-avg-pool.ts';
import { linear } from './linear.ts';
import { maxPool } from './max-pool.ts';
import type { MakeOperator } from './operator.ts';
import { relu } from './relu.ts';
import { shortcutA } from './shortcut-a.ts';

export const MAKE_OPERATOR: Readonly<Record<string, MakeOperator>> = {
  add,
  'avg-pool': avgPool,
  'batch-norm': batchNorm,
  concat,
  conv,
  'conv-transpose': convTranspose,
  flatten,
  'global-avg-pool': globalAvgPool,
  linear,
  'max-pool': maxPool,
  relu,
  'shortcut-a': shortcutA,
};

/**
 * Axes of the manifest's layout (conv [out, in, kh, kw], transposed conv [in, out, kh, kw], linear [out, in], vectors) in the order
 * in which the arithmetic wants them ([kh, kw, ., .], [in, out], vectors).
 */
export function weightLayout(rank: number): number[] {
  if (rank === 4) return [2, 3, 1, 0];
  return rank === 2 ? [1, 0] : [0];
}

/** From the layout of the arithmetic back to that of manifests. */
export function manifestLayout(rank: number): number[] {
  if (rank === 4) return [3, 2, 0, 1];
  return rank === 2 ? [1, 0] : [0];
}
