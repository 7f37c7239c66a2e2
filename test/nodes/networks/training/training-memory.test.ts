// A training takes at most the memory that is predicted for it, and one that does not fit fails with a message.
import { describe, expect, it } from 'vitest';
import { crossEntropy } from '../../../../src/network/losses/cross-entropy.ts';
import { makeShapes } from '../../../../src/nodes/data/make-shapes.ts';
import { createLearner } from '../../../../src/nodes/networks/training/learner.ts';
import { evaluatedAtATime, trainingBytes } from '../../../../src/nodes/networks/training/training-memory.ts';
import { trainNetwork } from '../../../../src/nodes/networks/train-network.ts';
import { buildArchitecture } from '../../../../src/network/zoo/build.ts';
import { failureOf } from '../../../failure-of.ts';
import { memoryStore, runNode } from '../../node-rig.ts';

const half = [0.5, 0.5, 0.5];
const architecture = (name: string, size: number) =>
  buildArchitecture(name, { height: size, width: size, channels: 3, classes: 10, mean: half, std: half });

describe('the need of a training', () => {
  // Only one network is tested, because memory used by the first would be available to the next. This one has the
  // largest temporaries relative to its activations.
  it('is not exceeded', async () => {
    const chosen = architecture('small-conv', 32);
    const learner = await createLearner(chosen, { loss: crossEntropy, momentum: 0.9, weight_decay: 0, seed: 'a' });
    const batch = (count: number) => ({
      x: new Float32Array(count * 32 * 32 * 3).fill(0.1),
      targets: new Int32Array(count),
      count,
    });
    await learner.step(batch(1), 0.01);
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 3; i++) await learner.step(batch(160), 0.01);
    const grown = process.resourceUsage().maxRSS * 1024 - before;
    learner.dispose();
    expect(grown).toBeGreaterThan(trainingBytes(chosen, 160) / 10);
    expect(grown).toBeLessThan(trainingBytes(chosen, 160));
  });

  it('grows with the batch', () => {
    const chosen = architecture('resnet8', 16);
    expect(trainingBytes(chosen, 20) - trainingBytes(chosen, 10)).toBe(
      10 * (trainingBytes(chosen, 2) - trainingBytes(chosen, 1)),
    );
  });
});

describe('images evaluated at a time', () => {
  it('are fewer if memory is bounded, but at least one', () => {
    const chosen = architecture('resnet8', 32);
    expect(evaluatedAtATime(chosen)).toBe(250);
    expect(evaluatedAtATime(chosen, 1e7)).toBeLessThan(250);
    expect(evaluatedAtATime(chosen, 1e7)).toBeGreaterThan(evaluatedAtATime(chosen, 1e6));
    expect(evaluatedAtATime(chosen, 0)).toBe(1);
  });
});

describe('a training with a bound on memory', () => {
  const store = memoryStore();
  const params = { architecture: 'small-conv', options: { filters: 2 }, epochs: 2, batch: 16 };

  it('fails if a batch does not fit, and otherwise gives the same network', async () => {
    const made = async (count: number, seed: number) =>
      (await runNode(makeShapes, { params: { size: 8, count, seed }, store })).outputs['data']!;
    const inputs = { data: await made(40, 0), validation: await made(30, 1) };
    const free = await runNode(trainNetwork, { params, inputs, store });
    const failure = await failureOf(runNode(trainNetwork, { params, inputs, store, memory: 100_000 }));
    expect(failure.reason).toBe('training-too-large');
    // 40 images in batches of at most 16 make three batches of 13 or 14
    expect(failure.headline).toMatch(/batches of 14 needs about [\d.]+ [KM]iB, but --memory leaves 97\.7 KiB/);
    const bounded = await runNode(trainNetwork, { params, inputs, store, memory: 4e6 });
    expect(bounded.outputs['network']!.digest).toBe(free.outputs['network']!.digest);
  });
});
