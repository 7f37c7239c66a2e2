// Measures a layer of ResNet-20 for the long tests: one sigma per pixel, at the tolerance required for the layer.
import type { DeltaF2 } from '../../src/math/delta-f2.ts';
import { estimateDeltaF2, exactDeltaF2 } from '../../src/math/delta-f2.ts';
import { Random } from '../../src/math/random.ts';
import { measureSid } from '../../src/math/sid.ts';
import type { Sid } from '../../src/math/sid.ts';
import { createSigmaGrid } from '../../src/math/sigma-grid.ts';
import type { Tap } from '../math/resnet-taps.ts';

export const grid = createSigmaGrid([32, 32, 3], { grid: 'pixel', channels: 'shared' });

/** Distance from the optimum at which to stop, nats per unit. */
export const toleranceOf = (layer: string): number => (layer === 'fc' ? 0.01 : 0.005);

export interface Task {
  readonly layer: string;
  readonly tap: Tap;
  readonly image: Float32Array;
  /** Relative standard error of delta_f^2, if it is estimated. */
  readonly precision: number;
  /** Seeds of delta_f^2 and of the search. */
  readonly seeds: { readonly delta: string; readonly sigma: string };
  readonly start?: Float64Array;
}

export async function solveLayer(task: Task): Promise<{ readonly deltaF2: DeltaF2; readonly solution: Sid }> {
  const { layer, tap, image, precision, seeds, start } = task;
  const costs = { forwards: 0, evaluations: 0 };
  const random = new Random(seeds.delta);
  const options = { least: 64, most: 2048, relativeError: precision, batch: 32, random, costs };
  const deltaF2 =
    layer === 'fc' ? await exactDeltaF2(tap.map, image, options) : await estimateDeltaF2(tap.map, image, options);
  const solution = await measureSid(tap.map, image, {
    method: 'hybrid',
    alpha: 1.5e-4,
    deltaF2,
    grid,
    tolerance: toleranceOf(layer),
    cap: 1,
    maxSamples: 8192,
    batch: 32,
    seed: seeds.sigma,
    ...(start && { start }),
  });
  return { deltaF2, solution };
}
