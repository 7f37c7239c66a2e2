// Checks if the reported gap and standard errors cover the truth as often as they should: a hundred seeds on a layer
// whose optimum is known exactly, and on layer2 of ResNet-20 against its reference optimum.
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import { loadBackend } from '../../src/compute/backend.ts';
import type { FeatureMap } from '../../src/math/feature-map.ts';
import { estimateDeltaF2 } from '../../src/math/delta-f2.ts';
import { openProblem } from '../../src/math/noised-batch.ts';
import { Random } from '../../src/math/random.ts';
import { measureSid } from '../../src/math/sid.ts';
import { createSigmaGrid } from '../../src/math/sigma-grid.ts';
import type { SigmaGrid } from '../../src/math/sigma-grid.ts';
import { gaussianImage, localWeights, reluLayer } from '../math/maps.ts';
import { reluEnergy, reluOptimum } from '../math/relu-truth.ts';
import { gapBetween } from '../math/gap-between.ts';
import { openTap, referenceOptimum } from '../math/resnet-taps.ts';
import { hasSharedData } from '../shared-data.ts';

const SEEDS = 100;
const C = 0.5 * Math.log(2 * Math.PI * Math.E);

interface Claim {
  readonly sid: number;
  readonly sidError: number;
  readonly gap: number;
  readonly gapError: number;
  readonly logSigma: Float64Array;
}

/**
 * One measurement: its own estimate of delta_f^2, then the solver. Its interval is for the SID at the true delta_f^2.
 */
async function claim(
  map: FeatureMap,
  image: Float32Array,
  grid: SigmaGrid,
  alpha: number,
  seed: string,
): Promise<Claim> {
  const costs = { forwards: 0, evaluations: 0 };
  const random = new Random(`${seed}/delta`);
  const deltaF2 = await estimateDeltaF2(map, image, {
    least: 64,
    most: 1024,
    relativeError: 0.01,
    batch: 32,
    random,
    costs,
  });
  return await measureSid(map, image, {
    method: 'hybrid',
    alpha,
    deltaF2,
    grid,
    tolerance: 0.005,
    cap: 100,
    maxSamples: 2048,
    batch: 32,
    seed,
  });
}

/** Prints standardised residuals, and counts those within 1 and 2. */
function describeResiduals(name: string, residuals: readonly number[]): { within1: number; within2: number } {
  const within = (bound: number): number => residuals.filter((r) => Math.abs(r) < bound).length / residuals.length;
  const mean = residuals.reduce((a, b) => a + b, 0) / residuals.length;
  const square = residuals.reduce((a, b) => a + b * b, 0) / residuals.length;
  console.log(
    `${name}: within 1 s.e. ${(100 * within(1)).toFixed(0)} % (68), within 2 s.e. ${(100 * within(2)).toFixed(0)} % (95); ` +
      `mean ${mean.toFixed(2)}, mean square ${square.toFixed(2)}, ${residuals.length} seeds`,
  );
  return { within1: within(1), within2: within(2) };
}

/**
 * Least acceptable coverage over n seeds for a true coverage of p: by chance it may be three standard deviations lower.
 */
function atLeast(p: number): number {
  return p - 3 * Math.sqrt((p * (1 - p)) / SEEDS);
}

describe('coverage over seeds', () => {
  beforeAll(() => loadBackend());

  it('of a ReLU layer whose optimum is known', async () => {
    const side = 16;
    const random = new Random('bias');
    const W = localWeights(side, 3, 'relu');
    const layer = reluLayer(
      W,
      W.map(() => 0.3 * random.normal()),
      [side, side, 1],
    );
    const image = gaussianImage(side * side, 'image');
    const grid = createSigmaGrid([side, side, 1], { grid: 'pixel', channels: 'shared' });
    const alpha = 0.05;
    const truth = reluOptimum(layer, image, alpha);
    const gaps: number[] = [];
    const optima: number[] = [];
    for (let seed = 0; seed < SEEDS; seed++) {
      const { sid, sidError, gap, gapError, logSigma } = await claim(layer.map, image, grid, alpha, `analytic/${seed}`);
      const { energy } = reluEnergy(
        layer,
        image,
        logSigma.map((z) => Math.exp(2 * z)),
      );
      const mean =
        logSigma.reduce((a, b) => a + b, 0) / logSigma.length - 0.5 * Math.log(energy / (alpha * truth.deltaF2));
      gaps.push((gap - (truth.meanLogSigma - mean)) / gapError);
      optima.push((sid + gap - C - truth.meanLogSigma) / Math.hypot(sidError, gapError));
    }
    layer.map.dispose();
    const gapCoverage = describeResiduals('ReLU layer, gap', gaps);
    const sidCoverage = describeResiduals('ReLU layer, sid + gap against the optimum', optima);
    for (const { within1, within2 } of [gapCoverage, sidCoverage]) {
      expect(within1).toBeGreaterThan(atLeast(0.68));
      expect(within2).toBeGreaterThan(atLeast(0.95));
    }
    expect(tf.memory().numTensors).toBeLessThan(50);
  });

  it.runIf(hasSharedData)('of ResNet-20 at layer2 (shared data)', async () => {
    const tap = await openTap('layer2');
    const record = 0;
    const image = tap.image(record);
    const grid = createSigmaGrid([32, 32, 3], { grid: 'pixel', channels: 'shared' });
    const reference = referenceOptimum(record, 'layer2');
    const problem = await openProblem(tap.map, image, grid);
    const gaps: number[] = [];
    const optima: number[] = [];
    for (let seed = 0; seed < SEEDS; seed++) {
      const { sid, sidError, gap, gapError, logSigma } = await claim(tap.map, image, grid, 1.5e-4, `layer2/${seed}`);
      const measured = await gapBetween(problem, logSigma, reference.logSigma, 512);
      gaps.push((gap - measured.gap - reference.gap_bound) / Math.hypot(gapError, measured.error));
      // The error of the reference is the same for all seeds: it widens every interval, and may shift all of them
      // together.
      const error = Math.hypot(sidError, gapError, reference.H_se_scale, reference.delta2_se / reference.delta2 / 2);
      optima.push((sid + gap - reference.H - reference.gap_bound) / error);
    }
    problem.close();
    tap.map.dispose();
    const gapCoverage = describeResiduals('layer2, gap', gaps);
    const sidCoverage = describeResiduals('layer2, sid + gap against the reference', optima);
    expect(gapCoverage.within2).toBeGreaterThan(atLeast(0.95));
    expect(sidCoverage.within1).toBeGreaterThan(atLeast(0.68));
    expect(sidCoverage.within2).toBeGreaterThan(atLeast(0.95));
  });
});
