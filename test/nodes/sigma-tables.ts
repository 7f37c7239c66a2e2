// Tables in the form of `optimize-sigma`, with invented values, for tests of nodes that join and compare them.
import type { Digest, Row } from '../../src/runtime/contracts/artifact.ts';
import type { Axes, InputArtifact } from '../../src/runtime/contracts/define.ts';
import { Random } from '../../src/math/random.ts';
import { sigmaKind } from '../../src/nodes/kinds/sigma.ts';
import { digestOf, type MemoryStore } from './node-rig.ts';

export interface SigmaTableOptions {
  readonly axes: Axes;
  /** Positions of the measured images. */
  readonly indices: readonly number[];
  readonly height?: number;
  readonly width?: number;
  /** Function that changes the row of an image. */
  readonly change?: (row: Row, index: number) => Row;
  readonly ids?: readonly Digest[];
}

/** A table whose rows depend only on the axes and the position. */
export function sigmaTable(
  store: MemoryStore,
  { axes, indices, height = 2, width = 3, change, ids }: SigmaTableOptions,
): InputArtifact {
  const rows = indices.map((index): Row => {
    const random = new Random(JSON.stringify([axes, index]));
    const sidMap = Float32Array.from({ length: height * width }, () => -3 + random.uniform());
    const row: Row = {
      image: ids?.[index] ?? digestOf(`image ${index}`),
      index,
      sid: sidMap.reduce((sum, value) => sum + value, 0) / sidMap.length,
      sid_se: 0.001 * random.uniform(),
      gap: 0.01 * random.uniform(),
      gap_se: 0.001,
      constraint_ratio: 1 + 0.01 * random.normal(),
      constraint_ratio_se: 0.005,
      stationarity: 0.01,
      capped: random.below(4),
      uncovered: random.below(2),
      converged: index !== 2,
      method: 'hybrid',
      floor: -2.9835,
      delta_f2: random.uniform(),
      alpha: 1.5e-4,
      evaluations: 100 + random.below(50),
      evaluations_saved: null,
      forwards: 30,
      grid: 'pixel/shared',
      height,
      width,
      sid_map: sidMap,
      log_sigma: sidMap.map((entropy) => entropy - 1.4189385),
    };
    return { ...row, ...change?.(row, index) };
  });
  return store.table(sigmaKind, rows, { axes });
}
