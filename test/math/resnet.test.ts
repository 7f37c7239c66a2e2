// The estimators and the solver on a real network, compared with exact column norms and reference optima from other
// programs.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { estimateColumnNorms } from '../../src/math/column-norms.ts';
import { estimateDeltaF2, exactDeltaF2 } from '../../src/math/delta-f2.ts';
import { Random } from '../../src/math/random.ts';
import { measureSid } from '../../src/math/sid.ts';
import { createSigmaGrid } from '../../src/math/sigma-grid.ts';
import { readNpz } from '../npy.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { logColumnNorm } from './digamma.ts';
import { exactColumnNorms } from './naive-jacobian.ts';
import { correlation, openTap, referenceOptimum } from './resnet-taps.ts';

const costs = { forwards: 0, evaluations: 0 };
const shape = [32, 32, 3] as const;
const unitGrid = createSigmaGrid(shape, { grid: 'pixel', channels: 'separate' });
const pixels = createSigmaGrid(shape, { grid: 'pixel', channels: 'shared' });

describe.runIf(hasSharedData)('ResNet-20 (shared data)', () => {
  const names = { stem: 'conv1', layer1: 'layer1', layer2: 'layer2', layer3: 'layer3', logits: 'fc' };

  it.each(Object.entries(names))('has the exact column norms of %s within the stated errors', async (array, layer) => {
    const file = join(sharedData, 'golden/cifar10_resnet/resnet20_jacobian_column_norms.npz');
    const truth = readNpz(file)[array]!.data as Float32Array;
    const tap = await openTap(layer);
    const image = tap.image(0);
    const K = 64;
    const few = tap.map.features <= 64;
    const options = { probes: K, batch: 32, random: new Random(`column-norms/${layer}`), costs };
    const energies = few
      ? await exactColumnNorms(tap.map, image, unitGrid, options)
      : await estimateColumnNorms(tap.map, image, unitGrid, options);
    // groups of this grid are [channel, row, column], as in the file
    const total = truth.reduce((a, b) => a + b, 0);
    if (few) {
      energies.forEach((a, g) => expect(a / truth[g]!).toBeCloseTo(1, 2));
      const exact = await exactDeltaF2(tap.map, image, { batch: 32, costs });
      expect(exact.value / total).toBeCloseTo(1, 4);
    } else {
      const residuals = Array.from(energies, (a, g) => {
        const { value, error } = logColumnNorm(a, K);
        return (value - Math.log(truth[g]!)) / error;
      });
      const chi2 = residuals.reduce((sum, r) => sum + r * r, 0) / residuals.length;
      const mean = residuals.reduce((sum, r) => sum + r, 0) / residuals.length;
      // 3,072 residuals, correlated between neighbouring pixels, so only a few hundred are independent
      expect(Math.abs(chi2 - 1)).toBeLessThan(0.25);
      expect(Math.abs(mean)).toBeLessThan(0.25);
      const delta = await estimateDeltaF2(tap.map, image, { ...options, least: 64, most: 256, relativeError: 0.01 });
      expect(Math.abs(delta.value - total)).toBeLessThan(3.5 * delta.error);
    }
    tap.map.dispose();
  });

  it.each(['conv1', 'layer1', 'layer2'])('reaches the reference optimum at %s', async (layer) => {
    const tap = await openTap(layer);
    const reference = referenceOptimum(0, layer);
    const image = tap.image(0);
    const options = { least: 64, most: 512, relativeError: 0.005, batch: 32, random: new Random('delta'), costs };
    const deltaF2 = await estimateDeltaF2(tap.map, image, options);
    const solution = await measureSid(tap.map, image, {
      method: 'hybrid',
      alpha: 1.5e-4,
      deltaF2,
      grid: pixels,
      tolerance: 0.005,
      cap: 1,
      maxSamples: 1024,
      batch: 32,
      seed: `golden/${layer}`,
    });
    // criterion of golden/sigma_optimum/README.md
    const wanted = reference.H + 0.5 * Math.log(deltaF2.value / reference.delta2);
    const allowed = 0.005 + 2 * Math.hypot(solution.sidError, reference.H_se_scale);
    expect(Math.abs(solution.sid - wanted)).toBeLessThan(allowed);
    expect(correlation(solution.logSigma, reference.logSigma)).toBeGreaterThan(layer === 'conv1' ? 0.95 : 0.98);
    expect(Math.abs(solution.constraint.ratio - 1)).toBeLessThan(
      4 * Math.hypot(solution.constraint.error, 2 * solution.sidError),
    );
    expect(solution.gap).toBeLessThan(0.005);
    expect(solution.evaluations).toBeLessThan(400);
    tap.map.dispose();
  });
});
