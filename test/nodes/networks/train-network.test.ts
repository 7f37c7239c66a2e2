import { describe, expect, it } from 'vitest';
import type { Artifact } from '../../../src/runtime/contracts/artifact.ts';
import { loadBackend } from '../../../src/compute/backend.ts';
import type { InputArtifact } from '../../../src/runtime/contracts/define.ts';
import type { Network } from '../../../src/network/network.ts';
import { datasetKind } from '../../../src/nodes/kinds/dataset.ts';
import { makeShapes } from '../../../src/nodes/data/make-shapes.ts';
import { trainNetwork } from '../../../src/nodes/networks/train-network.ts';
import { decodeState } from '../../../src/nodes/networks/training/checkpoint.ts';
import { failureOf } from '../../failure-of.ts';
import { memoryStore, runNode, type MemoryStore } from '../node-rig.ts';

const store = memoryStore();
const shapes = async (params: Readonly<Record<string, unknown>>, into: MemoryStore = store) =>
  (await runNode(makeShapes, { params: { size: 8, ...params }, store: into })).outputs['data']!;
const tiny = { architecture: 'small-conv', options: { filters: 2 }, epochs: 3, batch: 16 };
const digests = (outputs: Readonly<Record<string, Artifact>>) => [
  outputs['network']!.digest,
  outputs['history']!.digest,
];

describe('train-network', () => {
  it('learns shapes', async () => {
    const data = await shapes({ count: 1600, size: 16 });
    const validation = await shapes({ count: 200, size: 16, seed: 'unseen' });
    const params = { architecture: 'small-conv', epochs: 4 };
    const { outputs, progress } = await runNode(trainNetwork, { params, inputs: { data, validation }, store });
    const history = await outputs['history']!.rows();
    expect(history.map((row) => row['epoch'])).toEqual([1, 2, 3, 4]);
    const last = history[3]!;
    expect(last['validation_accuracy']).toBeGreaterThan(0.85);
    expect(last['loss']).toBeLessThan(0.6);
    expect(history[0]!['loss']).toBeGreaterThan(1.2);
    expect(progress.at(-1)).toEqual([6400, 6400, 'images']);
    const network = await outputs['network']!.value<Network>();
    expect(network.classes).toHaveLength(10);
    expect(network.input).toMatchObject({ height: 16, width: 16, channels: 3, scale: 1 / 255 });
    for (const value of network.input.mean) expect(value).toBeGreaterThan(0.2);
  });

  it('gives the same result after a kill', async () => {
    const data = await shapes({ count: 50 });
    const inputs = { data, validation: await shapes({ count: 20, seed: 1 }) };
    const whole = await runNode(trainNetwork, { params: tiny, inputs, store });
    for (const kills of [[1], [2], [1, 2], [3]]) {
      let checkpoint: Uint8Array | undefined;
      for (const epoch of kills) {
        const killed = runNode(trainNetwork, {
          params: tiny,
          inputs,
          store,
          ...(checkpoint && { checkpoint }),
          onCheckpoint: (bytes) => {
            checkpoint = bytes;
            if (decodeState(bytes)?.epoch === epoch) throw new Error('killed');
          },
        });
        await expect(killed).rejects.toThrow('killed');
      }
      const resumed = await runNode(trainNetwork, { params: tiny, inputs, store, checkpoint: checkpoint! });
      expect(digests(resumed.outputs)).toEqual(digests(whole.outputs));
      expect(resumed.warnings).toEqual([]);
    }
  });

  it('starts from the beginning if a checkpoint cannot be read, with a warning', async () => {
    const inputs = { data: await shapes({ count: 50 }) };
    const whole = await runNode(trainNetwork, { params: tiny, inputs, store });
    const other = await runNode(trainNetwork, {
      params: tiny,
      inputs,
      store,
      checkpoint: Uint8Array.of(1, 2, 3, 4, 5),
    });
    expect(digests(other.outputs)).toEqual(digests(whole.outputs));
    expect(other.warnings.join()).toContain('starts from the beginning');
  });

  it('depends on its seed parameter, not on the key of the step', async () => {
    const inputs = { data: await shapes({ count: 30 }) };
    const train = async (params: Readonly<Record<string, unknown>>, seed: string) =>
      digests(
        (await runNode(trainNetwork, { params: { ...tiny, epochs: 1, ...params }, inputs, store, seed })).outputs,
      );
    const one = await train({}, 'a');
    expect(await train({}, 'b')).toEqual(one);
    expect((await train({ seed: 7 }, 'a'))[0]).not.toBe(one[0]);
  });

  it('frees all tensors', async () => {
    const { tf } = await loadBackend();
    const inputs = { data: await shapes({ count: 20 }), validation: await shapes({ count: 10, seed: 1 }) };
    const before = tf.memory().numTensors;
    await runNode(trainNetwork, { params: { ...tiny, architecture: 'resnet8' }, inputs, store });
    expect(tf.memory().numTensors).toBe(before);
    await runNode(trainNetwork, { params: tiny, inputs, store, signal: AbortSignal.abort(new Error('stopped')) }).catch(
      () => undefined,
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('records what normalises the input', async () => {
    const inputs = { data: await shapes({ count: 10 }) };
    const input = async (params: Readonly<Record<string, unknown>>) => {
      const { outputs } = await runNode(trainNetwork, { params: { ...tiny, epochs: 1, ...params }, inputs, store });
      return (await outputs['network']!.value<Network>()).input;
    };
    expect(await input({ normalise: 'half' })).toMatchObject({ mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] });
    const options = { mean: [0.1, 0.2, 0.3], std: [1, 2, 3], filters: 2 };
    expect(await input({ options })).toMatchObject({ mean: options.mean, std: options.std });
  });

  it('reports bad data and diverging trainings', async () => {
    const data = await shapes({ count: 20 });
    const failure = (params: Readonly<Record<string, unknown>>, inputs: Readonly<Record<string, InputArtifact>>) =>
      failureOf(runNode(trainNetwork, { params: { ...tiny, ...params }, inputs, store }));
    const wild = { learning_rate: 1e6, warm_up: 0, options: { filters: 2, batch_norm: false }, epochs: 20 };
    const diverged = await failure(wild, { data });
    expect(diverged.reason).toBe('diverged');
    expect(diverged.help).toContain('learning_rate');
    expect(await failure({}, { data, validation: await shapes({ count: 10, size: 16 }) })).toMatchObject({
      reason: 'other-validation',
    });
    expect(await failure({ architecture: 'resnet9000' }, { data })).toMatchObject({ reason: expect.any(String) });
    const digest = [8, 9].map((side) => store.put(new Uint8Array(side * side * 3)));
    const items = digest.map((id, i) => ({
      id,
      digest: id,
      label: 0,
      height: 8 + i,
      width: 8 + i,
      channels: 3,
      name: `${i}`,
    }));
    const mixed = store.json(
      datasetKind.name,
      { name: 'mixed', channels: 3, classes: ['a'], count: 2 },
      { refs: digest, items },
    );
    expect(await failure({}, { data: mixed })).toMatchObject({ reason: 'image-sizes' });
  });
});
