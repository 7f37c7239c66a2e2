// The constraint of Eq. 2: E||h(x') - f||^2 = epsilon = alpha delta_f^2. How well a sigma meets it, by forwards alone.
import type { Problem } from './noised-batch.ts';
import { drawNoisedBatch } from './noised-batch.ts';
import type { Random } from './random.ts';

export interface ConstraintRatio {
  /** E||h(x') - f||^2 / target. */
  readonly ratio: number;
  readonly error: number;
  /** Standard deviation of one sample, relative to the ratio. */
  readonly scatter: number;
  readonly samples: number;
}

/** Measures the ratio with `samples` fresh noised images. Throws NonFiniteError. */
export async function measureConstraint(
  problem: Problem,
  logSigma: Float64Array,
  target: number,
  options: { readonly samples: number; readonly batch: number; readonly random: Random },
): Promise<ConstraintRatio> {
  let sum = 0;
  let squares = 0;
  for (let done = 0; done < options.samples;) {
    const samples = Math.min(options.batch, options.samples - done);
    const { energy } = await drawNoisedBatch(problem, logSigma, { samples, random: options.random });
    for (const e of energy) {
      sum += e / target;
      squares += (e / target) ** 2;
    }
    done += samples;
  }
  const n = options.samples;
  const ratio = sum / n;
  const variance = n > 1 ? Math.max(0, (squares - n * ratio * ratio) / (n - 1)) : NaN;
  return { ratio, error: Math.sqrt(variance / n), scatter: ratio > 0 ? Math.sqrt(variance) / ratio : 0, samples: n };
}
