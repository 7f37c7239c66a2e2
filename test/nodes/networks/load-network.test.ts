import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSafetensors, writeSafetensors } from '../../../src/network/formats/safetensors.ts';
import type { Network } from '../../../src/network/network.ts';
import { networkRefs } from '../../../src/network/describe.ts';
import { buildArchitecture } from '../../../src/network/zoo/build.ts';
import { initialise } from '../../../src/network/zoo/initialise.ts';
import { loadNetwork } from '../../../src/nodes/networks/load-network.ts';
import { failureOf } from '../../network/failure-of.ts';
import { runNode } from '../node-rig.ts';
import type { RunOutcome } from '../node-rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'lethe-model-'));
beforeAll(() => {
  process.env['LETHE_BACKEND'] ??= 'wasm';
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const options = { height: 8, width: 8, filters: 2, classes: 3 };
const weights = initialise(buildArchitecture('resnet8', options), 'load-network');

function load(bytes: Uint8Array, params = {}): Promise<RunOutcome> {
  writeFileSync(join(folder, 'w.safetensors'), bytes);
  return runNode(loadNetwork, {
    params: { architecture: 'resnet8', folder, weights: 'w.safetensors', options, ...params },
  });
}

const good = writeSafetensors(weights);

describe('load-network', () => {
  it('gives the network of the file and a parity report on every batch-norm', async () => {
    const { outputs, warnings } = await load(good);
    const network = (await outputs['network']?.value<Network>()) as Network;
    expect(network.layers.filter((layer) => layer.op === 'batch-norm')).toHaveLength(7);
    for (const digest of networkRefs(network))
      await expect(outputs['network']?.blob(digest)).resolves.toBeInstanceOf(Uint8Array);
    const rows = await outputs['parity']?.rows();
    expect(rows?.map((row) => row['layer'])).toEqual([
      'bn1',
      'layer1.0.bn1',
      'layer1.0.bn2',
      'layer2.0.bn1',
      'layer2.0.bn2',
      'layer3.0.bn1',
      'layer3.0.bn2',
      'linear',
    ]);
    for (const row of rows ?? []) {
      expect(row).toMatchObject({ architecture: 'resnet8', folded: true, reason: null, images: 4 });
      expect(row['relative']).toBeLessThan(1e-5);
      expect(row['largest']).toBeGreaterThan(0);
    }
    expect(warnings).toEqual([]);
  });

  it('gives equal outputs for equal files', async () => {
    const [first, second] = [await load(good), await load(good)];
    expect(second.outputs['network']?.digest).toBe(first.outputs['network']?.digest);
    expect(second.outputs['parity']?.digest).toBe(first.outputs['parity']?.digest);
  });

  it('loads the weights of its example, which are those of a seed', async () => {
    const small = buildArchitecture('small-conv', options);
    const file = join(import.meta.dirname, '../../../examples/small-conv.safetensors');
    expect(parseSafetensors(readFileSync(file), 'small-conv')).toEqual(initialise(small, 'example'));
    const { outputs } = await load(readFileSync(file), { architecture: 'small-conv' });
    expect((await outputs['parity']?.rows())?.map((row) => row['layer'])).toEqual(['bn1', 'bn2', 'bn3', 'fc']);
  });

  it.each([
    ['truncated', good.subarray(0, good.length - 10), 'bad-weights', /ends within a tensor/u],
    [
      'header length 2^63',
      Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 128, ...good.subarray(8)]),
      'bad-weights',
      /9223372036854775808/u,
    ],
    [
      'NaN weights',
      writeSafetensors(new Map(weights).set('linear.bias', { shape: [3], data: Float32Array.of(0, NaN, 0) })),
      'weights-not-finite',
      /^linear.bias holds NaN/u,
    ],
    [
      'a tensor of the wrong shape',
      writeSafetensors(new Map(weights).set('linear.bias', { shape: [4], data: new Float32Array(4) })),
      'weights-mismatch',
      /1 tensor of the wrong shape/u,
    ],
  ])('refuses a file that is %s', async (_, bytes, reason, message) => {
    const failure = await failureOf(() => load(bytes));
    expect(failure.reason).toBe(reason);
    expect(failure.headline).toMatch(message);
    expect(failure.values?.['file']).toBe('w.safetensors');
    expect(failure.help).toBeTruthy();
  });

  it('refuses a network that overflows', async () => {
    const linear = weights.get('linear.weight')!;
    const huge = new Map(weights).set('linear.weight', { ...linear, data: linear.data.map(() => 3e38) });
    const failure = await failureOf(() => load(writeSafetensors(huge)));
    expect(failure).toMatchObject({ reason: 'network-not-finite', values: { layer: 'linear' } });
    expect(failure.help).toContain('huge weights');
  });

  it('refuses an unknown architecture before the file is read', async () => {
    const failure = await failureOf(() => load(new Uint8Array(0), { architecture: 'resnet9' }));
    expect(failure.reason).toBe('unknown-architecture');
    expect(failure.help).toBe('Write resnet8 or resnet14.');
  });

  it('reports the architecture that the weights fit', async () => {
    const failure = await failureOf(() =>
      load(writeSafetensors(initialise(buildArchitecture('resnet14', options), 'x'))),
    );
    expect(failure.help).toBe('The file fits resnet14: write architecture: resnet14.');
  });
});
