// Stationarity: a check of a solution that uses none of the solver's own numbers (docs/solver.md, step 15). At the
// optimum of Eq. 5, G_g = dE/d(log sigma_g) / m_g is equal for all groups g below the cap, where m_g is the number of
// units of g. So on fresh samples the means of G over blocks of the image must agree within their noise.
import { exactCurvature } from './curvature.ts';
import type { Problem } from './noised-batch.ts';
import { drawNoisedBatch } from './noised-batch.ts';
import type { Random } from './random.ts';
import { expectFinite, readBack } from './read-back.ts';

export interface Stationarity {
  /**
   * chi^2 per block: the mean over blocks of d^2 / var(d), where d = (mean of G over the block) / (mean of G over the
   * image) - 1. It is about 1 at the optimum, and NaN if `blocks` is below 2.
   */
  readonly chi2: number;
  /** Number of blocks of the image that are compared: blocks in which at least one sigma is below the cap. */
  readonly blocks: number;
  readonly samples: number;
}

export interface StationarityOptions {
  readonly samples: number;
  /** Number of blocks into which each side of the image is divided. */
  readonly blocks: number;
  readonly cap: number;
  readonly random: Random;
}

/**
 * Measures stationarity with fresh noise, at the cost of one vector-Jacobian product per sample. Throws NonFiniteError.
 */
export async function measureStationarity(
  problem: Problem,
  logSigma: Float64Array,
  options: StationarityOptions,
): Promise<Stationarity> {
  const { grid } = problem;
  const { blockOf, unitsIn } = layBlocks(problem, logSigma, options);
  const blocks = unitsIn.length;
  const variance = logSigma.map((z) => Math.exp(2 * z));
  const rows: Float64Array[] = [];
  while (rows.length < options.samples) {
    const samples = Math.min(problem.passes.rows, options.samples - rows.length);
    const batch = await drawNoisedBatch(problem, logSigma, { samples, random: options.random, pull: ['residuals'] });
    const exact = exactCurvature(grid, batch, logSigma);
    batch.dispose();
    const [curvature] = await readBack([exact]);
    expectFinite(curvature!, 'gradients');
    for (let b = 0; b < samples; b++) {
      const row = new Float64Array(blocks);
      for (let g = 0; g < grid.groups; g++) {
        const block = blockOf[g]!;
        // dE/d(log sigma_g) = 2 sigma_g^2 A_g (docs/solver.md, step 2); the factor 2 cancels in the ratio.
        if (block >= 0) row[block]! += (curvature![b * grid.groups + g]! * variance[g]!) / unitsIn[block]!;
      }
      rows.push(row);
    }
  }
  return {
    chi2: scatterOfBlocks(rows, unitsIn),
    blocks: unitsIn.filter((units) => units > 0).length,
    samples: rows.length,
  };
}

/**
 * Returns the block of every group (-1 for groups at the cap), and for every block the number of its units below the
 * cap.
 */
function layBlocks(problem: Problem, logSigma: Float64Array, options: StationarityOptions) {
  const { rows, columns, groups, unitsOf } = problem.grid;
  const down = Math.min(options.blocks, rows);
  const across = Math.min(options.blocks, columns);
  const blockOf = new Int32Array(groups);
  const unitsIn = new Float64Array(down * across);
  const logCap = Math.log(options.cap);
  for (let g = 0; g < groups; g++) {
    const position = g % (rows * columns);
    const row = Math.floor(position / columns);
    const block = Math.floor((row * down) / rows) * across + Math.floor(((position % columns) * across) / columns);
    blockOf[g] = logSigma[g]! < logCap ? block : -1;
    if (logSigma[g]! < logCap) unitsIn[block]! += unitsOf[g]!;
  }
  return { blockOf, unitsIn };
}

/** Returns chi^2 per block. `rows` are the block means of G, [samples][blocks]. */
function scatterOfBlocks(rows: readonly Float64Array[], unitsIn: Float64Array): number {
  const N = rows.length;
  const live = Array.from(unitsIn.keys()).filter((block) => unitsIn[block]! > 0);
  const units = live.reduce((sum, block) => sum + unitsIn[block]!, 0);
  if (live.length < 2) return NaN;
  // G of one sample is often large or small over the whole image, so the block means of a sample are compared with the
  // image mean of the same sample. Averaged over samples, `excess` is (block mean / image mean) - 1; its scatter gives
  // the variance of this ratio to first order.
  const means = rows.map((row) => live.reduce((sum, block) => sum + row[block]! * unitsIn[block]!, 0) / units);
  const mean = means.reduce((a, b) => a + b, 0) / N;
  let chi2 = 0;
  for (const block of live) {
    const excess = rows.map((row, s) => (row[block]! - means[s]!) / mean);
    const average = excess.reduce((a, b) => a + b, 0) / N;
    const variance = excess.reduce((sum, value) => sum + (value - average) ** 2, 0) / (N - 1) / N;
    chi2 += average ** 2 / variance;
  }
  return chi2 / live.length;
}
