// Start from a nearby solution: how much it saves, and that a bad start does no harm. A ResNet-20 with a tenth of its
// weights pruned starts from the solutions of the original network, and from those of another layer.
import { afterAll, describe, expect, it } from 'vitest';
import { openProblem } from '../../src/math/noised-batch.ts';
import type { Sid } from '../../src/math/sid.ts';
import { gapBetween } from '../math/gap-between.ts';
import { openTap } from '../math/resnet-taps.ts';
import type { Tap } from '../math/resnet-taps.ts';
import { hasSharedData } from '../shared-data.ts';
import { grid, solveLayer, toleranceOf } from './solve-layer.ts';

const PRUNED = 0.1;
const report: string[] = [];

async function solve(layer: string, tap: Tap, image: Float32Array, start?: Float64Array): Promise<Sid> {
  const seeds = { delta: `delta/${layer}`, sigma: `${start === undefined ? 'cold' : 'warm'}/${layer}` };
  return (await solveLayer({ layer, tap, image, precision: 0.01, seeds, ...(start && { start }) })).solution;
}

describe.runIf(hasSharedData)('a start from a solution nearby (shared data)', () => {
  afterAll(() => console.log(['layer  image  start      evaluations (cold)   gap from cold', ...report].join('\n')));

  it.each(['layer1', 'layer3', 'fc'].flatMap((layer) => [0, 1].map((record) => ({ layer, record }))))(
    '$layer, image $record',
    async ({ layer, record }) => {
      const [whole, pruned, other] = [
        await openTap(layer),
        await openTap(layer, undefined, PRUNED),
        await openTap(layer === 'layer1' ? 'fc' : 'layer1'),
      ];
      const image = whole.image(record);
      const starts = {
        parent: await solve(layer, whole, image),
        other: await solve(layer === 'layer1' ? 'fc' : 'layer1', other, image),
      };
      const cold = await solve(layer, pruned, image);
      const problem = await openProblem(pruned.map, image, grid);
      for (const [name, { logSigma }] of Object.entries(starts)) {
        const warm = await solve(layer, pruned, image, logSigma);
        const { gap, error } = await gapBetween(problem, warm.logSigma, cold.logSigma, 1024);
        report.push(
          `${layer.padEnd(7)}${record}      ${name.padEnd(9)}  ${warm.evaluations.toFixed(0).padStart(5)} (${cold.evaluations.toFixed(0)})   ${gap.toFixed(4)} +- ${error.toFixed(4)}  forwards ${warm.forwards} (${cold.forwards}) stated ${warm.gap.toFixed(4)} (${cold.gap.toFixed(4)})`,
        );
        expect(warm.converged).toBe(true);
        expect(Math.abs(gap)).toBeLessThan(toleranceOf(layer) + 2 * error);
      }
      problem.close();
      [whole, pruned, other].forEach(({ map }) => map.dispose());
    },
  );
});
