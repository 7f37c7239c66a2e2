// The distance between two solutions for linear maps, whose energies are sums: E = sum_i sigma_i^2 a_i.
import { beforeAll, describe, expect, it } from 'vitest';
import { closedFormSigma } from '../../src/math/closed-form.ts';
import { gapBetween } from './gap-between.ts';
import { openProblem } from '../../src/math/noised-batch.ts';
import { createSigmaGrid } from '../../src/math/sigma-grid.ts';
import { gaussianImage, linearMap, localWeights, useCpu } from './maps.ts';

const side = 8;
const units = side * side;
const W = localWeights(side, 3, 'gap');
const a = Float64Array.from({ length: units }, (_, i) => W.reduce((sum, row) => sum + row[i]! ** 2, 0));
const grid = createSigmaGrid([side, side, 1], { grid: 'pixel', channels: 'shared' });
const { logSigma: best } = closedFormSigma(a, grid.unitsOf, 1e-4, 1);

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((x, y) => x + y, 0) / values.length;
const energy = (z: Float64Array): number => z.reduce((sum, value, i) => sum + Math.exp(2 * value) * a[i]!, 0);

beforeAll(useCpu);

async function gapOf(z: Float64Array): Promise<{ readonly gap: number; readonly error: number }> {
  const problem = await openProblem(linearMap(W, [side, side, 1]), gaussianImage(units, 'gap'), grid);
  try {
    return await gapBetween(problem, z, best, 2048);
  } finally {
    problem.close();
  }
}

describe('the distance between two solutions', () => {
  it('equals the value from the sums for a uniform sigma, within four standard errors', async () => {
    const uniform = new Float64Array(units).fill(-5);
    const { gap, error } = await gapOf(uniform);
    const exact = mean(best) - 0.5 * Math.log(energy(best)) - (mean(uniform) - 0.5 * Math.log(energy(uniform)));
    expect(exact).toBeGreaterThan(20 * error);
    expect(Math.abs(gap - exact)).toBeLessThan(4 * error);
  });

  it('is zero between sigmas that differ by a factor', async () => {
    const { gap } = await gapOf(best.map((z) => z - 0.3));
    expect(Math.abs(gap)).toBeLessThan(1e-5);
  });
});
