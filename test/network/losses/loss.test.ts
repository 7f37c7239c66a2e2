// Training with another loss: a regression, from the arithmetic up to the loop over epochs.
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/math/random.ts';
import { buildArchitecture } from '../../../src/network/zoo/build.ts';
import { createLearner } from '../../../src/nodes/networks/training/learner.ts';
import { evaluate, train } from '../../../src/nodes/networks/training/train.ts';
import type { ImageStack } from '../../../src/nodes/networks/training/batches.ts';
import { squaredError } from './squared-error.ts';

const [count, side, outputs] = [24, 8, 2];
const architecture = buildArchitecture('small-conv', {
  height: side,
  width: side,
  filters: 4,
  classes: outputs,
  mean: [0.5, 0.5, 0.5],
  std: [0.25, 0.25, 0.25],
});

/** Grey images of random brightness; the targets are the brightness and its negative. */
function brightness(): ImageStack {
  const random = new Random('brightness');
  const levels = Array.from({ length: count }, () => random.below(256));
  const pixels = Uint8Array.from(levels.flatMap((level) => Array<number>(side * side * 3).fill(level)));
  const targets = Float32Array.from(levels.flatMap((level) => [level / 128 - 1, 1 - level / 128]));
  return { pixels, targets, count, height: side, width: side, channels: 3 };
}

describe('a training with another loss', () => {
  it('reaches targets that are vectors', async () => {
    process.env['LETHE_BACKEND'] ??= 'wasm';
    const learner = await createLearner(architecture, {
      loss: squaredError,
      momentum: 0.9,
      weight_decay: 0,
      seed: 'regression',
    });
    const data = brightness();
    const plan = {
      epochs: 30,
      batch: 8,
      learning_rate: 0.02,
      warm_up: 1,
      schedule: 'cosine' as const,
      milestones: [],
      decay: 0.1,
      augmentation: { shift: 0, flip: false },
      input: architecture.input,
      evaluated: 10,
      random: new Random('order'),
    };
    const { signal } = new AbortController();
    const hooks = { signal, progress: () => undefined, save: () => Promise.resolve() };
    const history = await train(learner, { training: data, validation: data }, plan, hooks, { epoch: 0, history: [] });
    const first = history[0]!;
    const last = history.at(-1)!;
    expect(last['validation_loss'] as number).toBeLessThan((first['loss'] as number) / 10);
    // both are the same sum over batches of different sizes
    const { loss, score } = await evaluate(learner, data, plan, signal);
    expect(score).toBeCloseTo(-loss, 10);
    expect(loss).toBeCloseTo(last['validation_loss'] as number, 10);
    learner.dispose();
  });
});
