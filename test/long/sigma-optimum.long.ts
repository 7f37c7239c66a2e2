// All reference optima: ResNet-20, four images, five layers. LETHE_BACKEND=tensorflow, if installed, is four times
// faster.
import { afterAll, describe, expect, it } from 'vitest';
import { openProblem } from '../../src/math/noised-batch.ts';
import { gapBetween } from '../math/gap-between.ts';
import { correlation, openTap, referenceOptimum } from '../math/resnet-taps.ts';
import { hasSharedData } from '../shared-data.ts';
import { grid, solveLayer, toleranceOf } from './solve-layer.ts';

const layers = ['conv1', 'layer1', 'layer2', 'layer3', 'fc'];
const report: string[] = [];

describe.runIf(hasSharedData)('the reference optima (shared data)', () => {
  afterAll(() => {
    console.log(
      [
        'layer image   |H - H_ref| allowed   gap stated        gap measured      corr  evaluations forwards',
        ...report,
      ].join('\n'),
    );
  });

  describe.each(layers)('%s', (layer) => {
    it.each([0, 1, 2, 3])('image %i', async (record) => {
      const tolerance = toleranceOf(layer);
      const tap = await openTap(layer);
      const image = tap.image(record);
      const reference = referenceOptimum(record, layer);
      const seeds = { delta: `delta/${layer}/${record}`, sigma: `optimum/${layer}/${record}` };
      const { deltaF2, solution } = await solveLayer({ layer, tap, image, precision: 0.005, seeds });
      const problem = await openProblem(tap.map, image, grid);
      const measured = await gapBetween(problem, solution.logSigma, reference.logSigma, layer === 'fc' ? 4096 : 1024);
      problem.close();
      tap.map.dispose();
      // criterion of golden/sigma_optimum/README.md
      const wanted = reference.H + 0.5 * Math.log(deltaF2.value / reference.delta2);
      const allowed = tolerance + 2 * Math.hypot(solution.sidError, reference.H_se_scale);
      const off = Math.abs(solution.sid - wanted);
      const alike = correlation(solution.logSigma, reference.logSigma);
      report.push(
        `${layer.padEnd(8)} ${record}   ${off.toFixed(4)}   ${allowed.toFixed(4)}   ` +
          `${solution.gap.toFixed(4)} +- ${solution.gapError.toFixed(4)}  ${measured.gap.toFixed(4)} +- ${measured.error.toFixed(4)}  ` +
          `${alike.toFixed(4)}  ${solution.evaluations.toFixed(0)}  ${solution.forwards}`,
      );
      expect(off).toBeLessThan(allowed);
      expect(measured.gap).toBeLessThan(tolerance + 2 * measured.error);
      expect(alike).toBeGreaterThan(layer === 'conv1' ? 0.95 : 0.98);
      expect(solution.converged).toBe(true);
    });
  });
});
