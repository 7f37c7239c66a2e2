import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkNetwork } from '../../../src/network/check.ts';
import { outputShapes } from '../../../src/network/shapes.ts';
import { elementCount, tensorBytes } from '../../../src/network/tensor.ts';
import { expectedTensors } from '../../../src/network/zoo/architecture.ts';
import { ARCHITECTURE_NAMES, buildArchitecture } from '../../../src/network/zoo/build.ts';
import { ZOO } from '../../../src/network/zoo/index.ts';
import { imageOptions } from '../../../src/network/zoo/zoo-card.ts';
import { initialise } from '../../../src/network/zoo/initialise.ts';
import { failureOf } from '../failure-of.ts';

const parameters = (name: string, options = {}): number =>
  expectedTensors(buildArchitecture(name, options))
    .filter(({ tensor }) => !tensor.includes('running_'))
    .reduce((sum, { shape }) => sum + elementCount(shape), 0);

describe('architectures', () => {
  it.each(ARCHITECTURE_NAMES)('%s is a valid network', (name) => {
    const architecture = buildArchitecture(name);
    expect(checkNetwork(architecture)).toEqual([]);
    expect(outputShapes(architecture).get(architecture.output)).toEqual([10]);
    const names = expectedTensors(architecture).map(({ tensor }) => tensor);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([
    ['resnet20', 269_722], // He et al. table 6: 0.27 M
    ['resnet32', 464_154], // 0.46 M
    ['resnet44', 658_586], // 0.66 M
    ['resnet56', 853_018], // 0.85 M
    ['resnet110', 1_727_962], // 1.7 M
  ])('%s has %i parameters', (name, count) => {
    expect(parameters(name)).toBe(count);
  });

  it('has the stages of the paper', () => {
    const shapes = outputShapes(buildArchitecture('resnet26'));
    expect(shapes.get('relu1')).toEqual([32, 32, 16]);
    expect(shapes.get('layer1.3.relu2')).toEqual([32, 32, 16]);
    expect(shapes.get('layer2.0.shortcut')).toEqual([16, 16, 32]);
    expect(shapes.get('layer3.3.relu2')).toEqual([8, 8, 64]);
    expect(shapes.get('pool')).toEqual([64]);
  });

  it('fits other images, classes and widths', () => {
    const options = { height: 15, width: 17, channels: 1, classes: 3, filters: 4 };
    for (const name of ['resnet8', 'small-conv']) {
      const architecture = buildArchitecture(name, options);
      expect(checkNetwork(architecture)).toEqual([]);
      expect(outputShapes(architecture).get(architecture.output)).toEqual([3]);
      expect(architecture.input).toMatchObject({ height: 15, width: 17, channels: 1, mean: [0.5], std: [0.25] });
    }
    expect(outputShapes(buildArchitecture('resnet8', options)).get('layer3.0.relu2')).toEqual([4, 5, 16]);
  });

  it('small-conv without batch-norm has biases instead', () => {
    const plain = buildArchitecture('small-conv', { batch_norm: false });
    expect(plain.layers.some((layer) => layer.op === 'batch-norm')).toBe(false);
    expect(expectedTensors(plain).map(({ tensor }) => tensor)).toContain('conv1.bias');
  });

  it.each([
    ['resnet21', /no CIFAR ResNet with depth 21/u, /resnet20 or resnet26/u],
    ['resnet2', /depth 2/u, /resnet8/u],
    ['resnet9998', /depth 9998/u, /resnet1202/u],
    ['resnett20', /no architecture/u, /resnet20/u],
    ['vgg16', /no architecture/u, /Use one of these names/u],
  ])('%s is refused with help', async (name, headline, help) => {
    const failure = await failureOf(() => buildArchitecture(name));
    expect(failure.reason).toBe('unknown-architecture');
    expect(failure.headline).toMatch(headline);
    expect(failure.help).toMatch(help);
  });

  it('refuses options that do not fit', async () => {
    expect((await failureOf(() => buildArchitecture('resnet8', { channels: 1, mean: [0, 0, 0] }))).reason).toBe(
      'bad-normalisation',
    );
    expect((await failureOf(() => buildArchitecture('small-conv', { height: 4, width: 9 }))).headline).toMatch(
      /too small/u,
    );
  });
});

describe('options', () => {
  it('are those of the card: defaults fill in what is left out', () => {
    expect(buildArchitecture('small-conv')).toEqual(
      buildArchitecture('small-conv', {
        classes: 10,
        height: 32,
        width: 32,
        channels: 3,
        filters: 16,
        batch_norm: true,
      }),
    );
  });

  it('of another architecture are refused with those that this one takes', async () => {
    const failure = await failureOf(() => buildArchitecture('resnet20', { batch_norm: false }));
    expect(failure).toMatchObject({
      reason: 'bad-architecture-option',
      headline: 'resnet20 has no option batch_norm',
      values: { 'options of resnet20': 'classes, height, width, channels, mean, std, filters' },
    });
    expect((await failureOf(() => buildArchitecture('resnet8', { filter: 8 }))).help).toBe(
      'Write filters, or leave it out.',
    );
    expect((await failureOf(() => buildArchitecture('resnet8', { constructor: 8 }))).headline).toMatch(/no option/u);
  });

  it('of a wrong value are refused with the reason', async () => {
    const failure = await failureOf(() => buildArchitecture('small-conv', { filters: 3 }));
    expect(failure.headline).toBe('small-conv cannot take this filters: expected integer to be a multiple of 2');
    expect(failure.values).toMatchObject({ filters: '3' });
  });
});

describe('the cards', () => {
  it.each(ZOO.map((card) => [card.name, card] as const))('%s takes images of other sizes and classes', (_, card) => {
    for (const option of Object.keys(imageOptions)) expect(card.params.properties).toHaveProperty(option);
    for (const [option, schema] of Object.entries(card.params.properties)) {
      expect(schema.description, option).toBeTruthy();
      if (schema.default === undefined) expect(card.params.required ?? [], option).not.toContain(option);
    }
    const architecture = buildArchitecture(card.names[0]!, { height: 40, width: 36, channels: 2, classes: 4 });
    expect(checkNetwork(architecture)).toEqual([]);
    expect(outputShapes(architecture).get(architecture.output)).toEqual([4]);
  });

  it('have names of their own', () => {
    expect(new Set(ARCHITECTURE_NAMES).size).toBe(ARCHITECTURE_NAMES.length);
    const families = ARCHITECTURE_NAMES.map(
      (name) => ZOO.filter(({ names, more }) => names.includes(name) || more?.pattern.test(name) === true).length,
    );
    expect(new Set(families)).toEqual(new Set([1]));
  });
});

describe('initialise', () => {
  const architecture = buildArchitecture('resnet20');
  const weights = initialise(architecture, 'seed');

  it('gives every expected tensor and nothing else', () => {
    expect([...weights].map(([tensor, { shape }]) => ({ tensor, shape }))).toEqual(expectedTensors(architecture));
    for (const { shape, data } of weights.values()) expect(data.length).toBe(elementCount(shape));
  });

  it('is Kaiming normal with fan-in', () => {
    const { data } = weights.get('layer3.1.conv2.weight') as { data: Float32Array }; // 36,864 values
    const mean = data.reduce((a, b) => a + b, 0) / data.length;
    const deviation = Math.sqrt(data.reduce((a, b) => a + b * b, 0) / data.length);
    const expected = Math.sqrt(2 / (64 * 9));
    expect(Math.abs(mean)).toBeLessThan((5 * expected) / Math.sqrt(data.length));
    expect(Math.abs(deviation / expected - 1)).toBeLessThan(5 / Math.sqrt(2 * data.length));
    const bias = weights.get('linear.bias') as { data: Float32Array };
    expect(Math.max(...bias.data.map(Math.abs))).toBeLessThan(1 / 8);
    expect(new Set(bias.data).size).toBe(10);
    expect([...(weights.get('bn1.running_var') as { data: Float32Array }).data]).toEqual(Array(16).fill(1));
    expect([...(weights.get('bn1.bias') as { data: Float32Array }).data]).toEqual(Array(16).fill(0));
  });

  it('depends only on the seed, and has not changed', () => {
    const digest = (seed: string): string => {
      const hash = createHash('sha256');
      for (const { data } of initialise(architecture, seed).values()) hash.update(tensorBytes(data));
      return hash.digest('hex');
    };
    expect(digest('seed')).toBe(digest('seed'));
    expect(digest('seed')).not.toBe(digest('other'));
    // Trainings are cached by seed, so a change here requires a new version of train-network.
    expect(digest('seed').slice(0, 16)).toBe('48b80c9b2b419f98');
  });
});
