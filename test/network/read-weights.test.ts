import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../src/network/formats/safetensors.ts';
import { readWeights } from '../../src/network/read-weights.ts';
import { readTensor } from '../../src/network/tensor.ts';
import type { Tensor } from '../../src/network/tensor.ts';
import { buildArchitecture } from '../../src/network/zoo/build.ts';
import { initialise } from '../../src/network/zoo/initialise.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { FORMATS } from '../../src/network/formats/index.ts';
import { failureOf } from './failure-of.ts';
import { textFormat } from './formats/text-format.ts';
import { memoryBlobs } from './memory-blobs.ts';

const folder = mkdtempSync(join(tmpdir(), 'lethe-weights-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const architecture = buildArchitecture('resnet8');
const weights = initialise(architecture, 'weights');
const blobs = memoryBlobs();

function save(tensors: Iterable<readonly [string, Tensor]>): string {
  const path = join(folder, 'w.safetensors');
  writeFileSync(path, writeSafetensors(new Map(tensors)));
  return path;
}

const read = (tensors: Iterable<readonly [string, Tensor]>, others = ['resnet8', 'resnet20']) =>
  readWeights(save(tensors), {
    architecture,
    write: blobs.write,
    others: () => others.map((name) => buildArchitecture(name)),
  });

describe('readWeights', () => {
  it('binds every tensor', async () => {
    const network = await read(weights);
    for (const layer of network.layers) {
      for (const [slot, ref] of Object.entries(layer.weights)) {
        expect(await readTensor(ref, blobs.read)).toEqual(weights.get(`${layer.name}.${slot}`));
      }
    }
  });

  it('ignores batch counters and the prefix of DataParallel', async () => {
    const counted = [...weights, ['bn1.num_batches_tracked', { shape: [], data: Float32Array.of(7) }] as const];
    const plain = await read(weights);
    expect(await read(counted)).toEqual(plain);
    expect(await read(counted.map(([name, tensor]) => [`module.${name}`, tensor] as const))).toEqual(plain);
  });

  it('reports all differences together', async () => {
    const changed = new Map(weights);
    changed.delete('bn1.bias');
    changed.delete('linear.weight');
    changed.set('linear.weigth', weights.get('linear.weight') as Tensor);
    changed.set('conv1.weight', { shape: [16, 1, 3, 3], data: new Float32Array(144) });
    const failure = await failureOf(() => read(changed));
    expect(failure.reason).toBe('weights-mismatch');
    expect(failure.headline).toBe(
      'w.safetensors does not fit resnet8: 2 tensors missing, 1 tensor not expected, 1 tensor of the wrong shape',
    );
    expect(failure.values).toMatchObject({
      missing: 'bn1.bias, linear.weight',
      'not expected': 'linear.weigth',
      'wrong shape': 'conv1.weight is [16, 1, 3, 3], expected [16, 3, 3, 3]',
      'perhaps renamed': 'linear.weigth instead of linear.weight',
    });
  });

  it('says which architecture the file fits', async () => {
    const failure = await failureOf(() => read(initialise(buildArchitecture('resnet20'), 'x')));
    expect(failure.help).toBe('The file fits resnet20: write architecture: resnet20.');
  });

  it('refuses weights that are not finite, naming tensor and index', async () => {
    const data = (weights.get('layer2.0.conv1.weight') as Tensor).data.slice();
    data[10] = NaN;
    const failure = await failureOf(() =>
      read(new Map(weights).set('layer2.0.conv1.weight', { shape: [32, 16, 3, 3], data })),
    );
    expect(failure.headline).toBe('layer2.0.conv1.weight holds NaN');
    expect(failure.values?.['index']).toBe('[0, 1, 0, 1]');
  });

  it('refuses a negative variance', async () => {
    const data = new Float32Array(16).fill(1);
    data[3] = -0.5;
    const failure = await failureOf(() => read(new Map(weights).set('bn1.running_var', { shape: [16], data })));
    expect(failure.headline).toBe('bn1.running_var holds -0.5, which is less than 0');
    expect(failure.values).toMatchObject({ index: '[3]', value: -0.5 });
  });

  it('takes the architecture from a file that describes its network, and asks for it otherwise', async () => {
    const path = join(folder, 'w.txt');
    const formats = [...FORMATS, textFormat];
    const write = blobs.write;
    const open = (text: string, given?: typeof architecture) => {
      writeFileSync(path, text);
      return readWeights(path, { architecture: given, write, formats });
    };
    const network = await open('weights fc.weight=1,2,3');
    expect(network.architecture).toBe('text-net');
    expect(await readTensor(network.layers[0]!.weights['weight']!, blobs.read)).toEqual({
      shape: [1, 3],
      data: Float32Array.of(1, 2, 3),
    });
    const twice = await failureOf(() => open('weights fc.weight=1,2,3', architecture));
    expect(twice).toMatchObject({
      reason: 'architecture-in-file',
      values: { format: 'text', architecture: 'resnet8' },
    });
    expect(await failureOf(() => open('weights a=1'))).toMatchObject({ reason: 'no-architecture' });
    expect(await failureOf(() => open('weights fc.weight=1,2,3,4'))).toMatchObject({ reason: 'weights-mismatch' });
    const broken = {
      ...textFormat,
      open: async (file: string) => ({
        ...(await textFormat.open(file)),
        architecture: { ...architecture, output: 'gone' },
      }),
    };
    const wrong = await failureOf(() => readWeights(path, { architecture: undefined, write, formats: [broken] }));
    expect(wrong).toMatchObject({ reason: 'bad-network', headline: 'the output "gone" is not a layer' });
    const missing = await failureOf(() => readWeights(save(weights), { architecture: undefined, write }));
    expect(missing).toMatchObject({ reason: 'no-architecture', values: { format: 'safetensors' } });
    expect(missing.values?.['architectures']).toContain('resnet20');
  });

  it.skipIf(!hasSharedData)('reads the published ResNets (needs shared data)', async () => {
    for (const name of ['resnet20', 'resnet32', 'resnet44']) {
      const path = join(sharedData, 'models/cifar10', `${name}.safetensors`);
      const network = await readWeights(path, { architecture: buildArchitecture(name), write: blobs.write });
      expect(network.architecture).toBe(name);
    }
  });
});
