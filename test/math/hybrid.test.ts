// Regression test of the search: decisions that no formula determines (step sizes, stopping, choice of the start) must
// not change unnoticed.
import { beforeAll, describe, expect, it } from 'vitest';
import { solveHybrid } from '../../src/math/hybrid.ts';
import type { HybridOptions } from '../../src/math/hybrid.ts';
import { minimiseByAdam } from '../../src/math/adam.ts';
import { openProblem } from '../../src/math/noised-batch.ts';
import { Random } from '../../src/math/random.ts';
import { createSigmaGrid } from '../../src/math/sigma-grid.ts';
import { gaussianImage, localWeights, reluLayer, useCpu } from './maps.ts';
import { mean } from './naive-layer.ts';
import { reluOptimum } from './relu-truth.ts';

const side = 6;
const units = side * side;
const shape = [side, side, 1] as const;
const image = gaussianImage(units, 'pinned');
const alpha = 0.05;

beforeAll(useCpu);

function openLayer(kind: 'many' | 'few') {
  const random = new Random('pinned');
  const rows = localWeights(side, 2, 'pinned');
  const dense = Array.from({ length: 8 }, () =>
    Array.from({ length: units }, (_, i) => random.normal() * (1 + (i % 3))),
  );
  const W = kind === 'many' ? rows : dense;
  return reluLayer(W, W.map(() => 0.3 * random.normal()), shape); // prettier-ignore
}

const cases: readonly (readonly [string, 'many' | 'few', Partial<HybridOptions>])[] = [
  ['many features', 'many', {}],
  ['few features', 'few', {}],
  ['a loose tolerance', 'many', { tolerance: 0.05 }],
  ['few samples', 'many', { maxSamples: 100, tolerance: 1e-6 }],
  ['many samples', 'many', { maxSamples: 400, tolerance: 1e-6 }],
  ['a low cap', 'many', { cap: 0.2 }],
  ['a cap that all reach', 'many', { cap: 1e-3 }],
  ['a start at the optimum', 'many', {}],
  ['a start far off', 'many', { start: new Float64Array(units).fill(0.5) }],
  ['a start far below', 'few', { start: new Float64Array(units).fill(-9) }],
];

describe('the search', () => {
  it('ends where it did', async () => {
    const results: Record<string, unknown> = {};
    for (const [name, kind, options] of cases) {
      const layer = openLayer(kind);
      const { deltaF2, logSigma } = reluOptimum(openLayer('many'), image, alpha);
      const grid = createSigmaGrid(shape, { grid: 'pixel', channels: 'shared' });
      const problem = await openProblem(layer.map, image, grid);
      const solved = await solveHybrid(problem, {
        target: alpha * deltaF2,
        tolerance: 0.01,
        cap: 10,
        maxSamples: 1024,
        batch: 32,
        random: new Random('pinned'),
        ...(name === 'a start at the optimum' && { start: logSigma }),
        ...options,
      });
      const z = solved.logSigma;
      results[name] = [mean(z), mean(z.map((v) => v * v)), mean(z.map((v, g) => v * logSigma[g]!)), solved.gap, solved.gapError]
        .map((value) => value.toPrecision(4))
        .concat([String(solved.samples), String(solved.converged), String(solved.uncovered)])
        .join(' '); // prettier-ignore
      problem.close();
      layer.map.dispose();
    }
    expect(results).toMatchInlineSnapshot(`
      {
        "a cap that all reach": "-6.908 47.72 9.282 0.000 0.000 32 true 0",
        "a loose tolerance": "-1.381 2.054 2.009 -0.01191 0.004561 128 true 0",
        "a low cap": "-1.683 2.855 2.303 -0.004669 0.001381 704 true 0",
        "a start at the optimum": "-1.374 2.030 1.997 -0.01376 0.004329 128 true 0",
        "a start far below": "-2.988 9.207 4.000 0.003359 0.0009314 832 true 0",
        "a start far off": "-1.342 1.954 1.962 0.0003855 0.007995 1024 false 0",
        "few features": "-2.406 6.067 3.217 0.002993 0.0007446 128 true 0",
        "few samples": "-1.374 2.041 2.004 0.0005598 0.001634 96 false 0",
        "many features": "-1.381 2.054 2.009 -0.01191 0.004561 128 true 0",
        "many samples": "-1.357 1.998 1.983 -0.0008780 0.0005603 384 false 0",
      }
    `);
  });
});

describe('Adam', () => {
  it('ends where it did', async () => {
    const layer = openLayer('many');
    const { deltaF2 } = reluOptimum(layer, image, alpha);
    const grid = createSigmaGrid(shape, { grid: '3x3', channels: 'shared' });
    const problem = await openProblem(layer.map, image, grid);
    const options = { target: alpha * deltaF2, cap: 0.3, steps: 7, batch: 8, rate: 0.15 };
    const z = await minimiseByAdam(problem, { ...options, random: new Random('adam') });
    expect(Array.from(z, (value) => value.toPrecision(5)).join(' ')).toMatchInlineSnapshot(
      `"-1.2322 -1.3961 -1.2040 -1.5098 -1.6098 -1.7388 -1.6674 -1.5651 -1.2040"`,
    );
    problem.close();
    layer.map.dispose();
  });
});
