// Distance between two solutions in mean entropy, measured with common noise.
import { drawNoisedBatch } from '../../src/math/noised-batch.ts';
import type { Problem } from '../../src/math/noised-batch.ts';
import { Random } from '../../src/math/random.ts';
import { readBack } from '../../src/math/read-back.ts';

/**
 * Distance of the mean entropy of `logSigma` below that of `reference`, nats per unit, with its standard error. Both are scaled to the
 * same energy with the same noise, which cancels most of the scatter.
 */
export async function gapBetween(
  problem: Problem,
  logSigma: Float64Array,
  reference: Float64Array,
  samples: number,
): Promise<{ readonly gap: number; readonly error: number }> {
  const energies = async (z: Float64Array): Promise<number[]> => {
    const all: number[] = [];
    for (let block = 0; all.length < samples; block++) {
      const random = new Random(`common/${block}`);
      const { delta, energy } = await drawNoisedBatch(problem, z, { samples: 64, random });
      delta.dispose();
      all.push(...(await readBack([energy]))[0]!);
    }
    return all;
  };
  const [here, there] = [await energies(logSigma), await energies(reference)];
  const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((x, y) => x + y, 0) / values.length;
  const [a, b] = [mean(here), mean(there)];
  const scatter = mean(here.map((e, s) => (e / a - there[s]! / b) ** 2));
  const gap = mean(reference) - 0.5 * Math.log(b) - (mean(logSigma) - 0.5 * Math.log(a));
  return { gap, error: Math.sqrt(scatter / here.length) / 2 };
}
