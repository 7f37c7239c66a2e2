// Training arithmetic compared with definitions in float64: the loss of a small network with batch statistics is
// computed naively, layer by layer, and differentiated numerically with respect to every single weight.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/compute/backend.ts';
import { findBackends } from '../../src/compute/find-backends.ts';
import { Random } from '../../src/math/random.ts';
import { noWebgpu, useWebgpu } from '../compute/webgpu-here.ts';
import type { Layer, Network, TensorRef } from '../../src/network/network.ts';
import { crossEntropy } from '../../src/network/losses/cross-entropy.ts';
import { outputShapes } from '../../src/network/shapes.ts';
import { elementCount, tensorBytes } from '../../src/network/tensor.ts';
import type { Tensor as StoredTensor } from '../../src/network/tensor.ts';
import { compileTrainable, sgdMomentum } from '../../src/network/training.ts';
import { memoryBlobs } from './memory-blobs.ts';
import { naive } from './ops/naive-operators.ts';
import type { Values } from './ops/naive-operators.ts';

const blobs = memoryBlobs();
const BATCH = 5;
const CLASSES = 3;
const EPSILON = 1e-5;
const LABELS = [0, 2, 1, 1, 0];

type Stored = Map<string, { shape: readonly number[]; data: Float64Array }>;

/**
 * Network conv (stride 2) - bn - relu - max-pool - conv with bias - bn without scale - add - relu - pool - linear, with
 * a conv on the side.
 */
async function smallNetwork(seed: string): Promise<{ network: Network; weights: Stored }> {
  const random = new Random(seed);
  const weights: Stored = new Map();
  const tensor = async (
    name: string,
    shape: number[],
    make = (): number => random.normal() / 2,
  ): Promise<TensorRef> => {
    const data = Float32Array.from({ length: elementCount(shape) }, make);
    weights.set(name, { shape, data: Float64Array.from(data) });
    return { digest: await blobs.write(tensorBytes(data)), shape };
  };
  const conv = async (
    name: string,
    input: string,
    from: number,
    to: number,
    stride: number,
    bias: boolean,
  ): Promise<Layer> => ({
    name,
    op: 'conv',
    inputs: [input],
    attributes: { stride: [stride, stride], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 },
    weights: {
      weight: await tensor(`${name}/weight`, [to, from, 3, 3]),
      ...(bias && { bias: await tensor(`${name}/bias`, [to]) }),
    },
  });
  const norm = async (name: string, input: string, channels: number, affine: boolean): Promise<Layer> => ({
    name,
    op: 'batch-norm',
    inputs: [input],
    attributes: { epsilon: EPSILON },
    weights: {
      ...(affine && {
        weight: await tensor(`${name}/weight`, [channels], () => 1 + random.normal() / 4),
        bias: await tensor(`${name}/bias`, [channels]),
      }),
      running_mean: await tensor(`${name}/running_mean`, [channels]),
      running_var: await tensor(`${name}/running_var`, [channels], () => 0.5 + random.uniform()),
    },
  });
  const plain = (name: string, op: string, inputs: string[], attributes: Layer['attributes'] = {}): Layer => ({
    name,
    op,
    inputs,
    attributes,
    weights: {},
  });
  const layers = [
    await conv('conv1', 'input', 2, 4, 2, false),
    await norm('bn1', 'conv1', 4, true),
    plain('relu1', 'relu', ['bn1']),
    plain('pool', 'max-pool', ['relu1'], { size: [2, 2], stride: [1, 1], padding: [0, 0, 0, 0], ceil: false }),
    await conv('conv2', 'pool', 4, 4, 1, true),
    await norm('bn2', 'conv2', 4, false),
    await conv('side', 'pool', 4, 4, 1, false),
    plain('add', 'add', ['bn2', 'side']),
    plain('relu2', 'relu', ['add']),
    plain('mean', 'global-avg-pool', ['relu2']),
    {
      ...plain('fc', 'linear', ['mean']),
      weights: { weight: await tensor('fc/weight', [CLASSES, 4]), bias: await tensor('fc/bias', [CLASSES]) },
    },
  ];
  const input = { height: 8, width: 7, channels: 2, scale: 1, mean: [0, 0], std: [1, 1] };
  return { network: { architecture: 'small', input, layers, output: 'fc', aliases: {} }, weights };
}

interface Evaluation {
  readonly loss: number;
  readonly logits: Float64Array;
  /** Mean and unbiased variance by batch-norm and channel. */
  readonly statistics: ReadonlyMap<string, { mean: number[]; variance: number[] }>;
}

/** The loss by definition. With `training`, batch-norms use batch statistics. */
function evaluate(network: Network, weights: Stored, x: Values, training: boolean): Evaluation {
  const shapes = outputShapes(network);
  const values = new Map<string, Values>([['input', x]]);
  const statistics = new Map<string, { mean: number[]; variance: number[] }>();
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => values.get(name)!);
    const own: Record<string, Values> = {};
    for (const slot of Object.keys(layer.weights)) own[slot] = weights.get(`${layer.name}/${slot}`)!;
    if (training && layer.op === 'batch-norm') {
      const { mean, variance, count } = moments(inputs[0]!);
      statistics.set(layer.name, { mean, variance: variance.map((v) => (v * count) / (count - 1)) });
      own['running_mean'] = { shape: [mean.length], data: Float64Array.from(mean) };
      own['running_var'] = { shape: [mean.length], data: Float64Array.from(variance) };
    }
    values.set(layer.name, naive(layer, inputs, own, [BATCH, ...shapes.get(layer.name)!]).output);
  }
  const logits = values.get(network.output)!.data;
  let loss = 0;
  for (let image = 0; image < BATCH; image++) {
    const own = logits.subarray(image * CLASSES, (image + 1) * CLASSES);
    loss += Math.log(own.reduce((sum, value) => sum + Math.exp(value), 0)) - own[LABELS[image]!]!;
  }
  return { loss: loss / BATCH, logits, statistics };
}

function moments({ shape, data }: Values): { mean: number[]; variance: number[]; count: number } {
  const channels = shape.at(-1)!;
  const count = data.length / channels;
  const of = (c: number): number[] => Array.from(data).filter((_, i) => i % channels === c);
  const mean = Array.from({ length: channels }, (_, c) => of(c).reduce((a, b) => a + b, 0) / count);
  const variance = mean.map((m, c) => of(c).reduce((sum, v) => sum + (v - m) ** 2, 0) / count);
  return { mean, variance, count };
}

function images(network: Network, seed: string): Values {
  const { height, width, channels } = network.input;
  const random = new Random(seed);
  const data = Float64Array.from({ length: BATCH * height * width * channels }, () => Math.fround(random.normal()));
  return { shape: [BATCH, height, width, channels], data };
}

const toTensor = ({ shape, data }: Values): Tensor4D =>
  tf.tensor4d(Float32Array.from(data), shape as [number, number, number, number]);

/** Values of a tensor, converted from the axes of the arithmetic to those of storage. */
async function manifestValues(value: tf.Tensor): Promise<Float32Array> {
  const axes = value.rank === 4 ? [3, 2, 0, 1] : value.rank === 2 ? [1, 0] : [0];
  const turned = tf.transpose(value, axes);
  const values = (await turned.data()) as Float32Array;
  turned.dispose();
  return values;
}

useWebgpu();
const backends = findBackends().filter((name) => name !== 'webgpu' || noWebgpu === undefined);

describe.each(backends)('training on %s', (name) => {
  it('has the loss, the gradient of every weight, and the running statistics of the definition', async () => {
    const backend = await loadBackend(name);
    const { network, weights } = await smallNetwork('gradients');
    const x = images(network, 'images');
    const before = tf.memory().numTensors;
    const trainable = await compileTrainable(network, blobs.read, backend, crossEntropy);
    const input = toTensor(x);
    const step = await trainable.step(input, LABELS);
    const expected = evaluate(network, weights, x, true);
    expect(step.loss).toBeCloseTo(expected.loss, 5);
    expect([...step.gradients.keys()].sort()).toEqual([...trainable.parameters.keys()].sort());
    const h = 1e-6;
    for (const [parameter, gradient] of step.gradients) {
      const got = await manifestValues(gradient);
      const { data } = weights.get(parameter)!;
      const numeric = data.map((value, i) => {
        data[i] = value + h;
        const above = evaluate(network, weights, x, true).loss;
        data[i] = value - h;
        const below = evaluate(network, weights, x, true).loss;
        data[i] = value;
        return (above - below) / (2 * h);
      });
      const worst = Math.max(...numeric.map((value, i) => Math.abs(value - got[i]!)));
      // float32 through ten layers, on gradients of order 0.1; the error of the numeric derivative itself is 1e-9
      expect(worst, parameter).toBeLessThan(2e-6);
    }
    for (const [layer, { mean, variance }] of expected.statistics) {
      const check = async (slot: string, news: number[]): Promise<void> => {
        const old = weights.get(`${layer}/${slot}`)!.data;
        const now = await trainable.statistics.get(`${layer}/${slot}`)!.value.data();
        news.forEach((value, c) => expect(now[c]).toBeCloseTo(0.9 * old[c]! + 0.1 * value, 5));
      };
      await check('running_mean', mean);
      await check('running_var', variance);
    }
    step.dispose();
    input.dispose();
    trainable.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('predicts with the running statistics', async () => {
    const backend = await loadBackend(name);
    const { network, weights } = await smallNetwork('prediction');
    const x = images(network, 'images');
    const trainable = await compileTrainable(network, blobs.read, backend, crossEntropy);
    const input = toTensor(x);
    const logits = await trainable.predict(input);
    expect(logits.shape).toEqual([BATCH, CLASSES]);
    const got = await logits.data();
    evaluate(network, weights, x, false).logits.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 5));
    tf.dispose([logits, input]);
    trainable.dispose();
  });

  it('learns deterministically, and continues from exported values without a difference', async () => {
    const backend = await loadBackend(name);
    const { network } = await smallNetwork('learning');
    const input = toTensor(images(network, 'images'));
    const options = { momentum: 0.9, weight_decay: 1e-3 };
    interface Run {
      readonly losses: number[];
      readonly values: Map<string, StoredTensor>;
      readonly velocities: Map<string, StoredTensor>;
    }
    const train = async (steps: number, from?: Run): Promise<Run> => {
      const trainable = await compileTrainable(network, blobs.read, backend, crossEntropy);
      const sgd = sgdMomentum(trainable.parameters, options);
      if (from) {
        trainable.import(from.values);
        sgd.import(from.velocities);
      }
      const losses: number[] = [];
      for (let i = 0; i < steps; i++) {
        const step = await trainable.step(input, LABELS);
        losses.push(step.loss);
        sgd.update(step.gradients, 0.05);
        step.dispose();
      }
      const result = { losses, values: await trainable.export(), velocities: await sgd.export() };
      sgd.dispose();
      trainable.dispose();
      return result;
    };
    const before = tf.memory().numTensors;
    const whole = await train(20);
    expect(whole.losses.at(-1)).toBeLessThan(whole.losses[0]! / 2);
    const half = await train(10);
    const rest = await train(10, half);
    expect(bytes(rest.values)).toEqual(bytes(whole.values));
    expect(bytes(rest.velocities)).toEqual(bytes(whole.velocities));
    expect(tf.memory().numTensors).toBe(before);
    input.dispose();
  });
});

const bytes = (values: ReadonlyMap<string, StoredTensor>): unknown =>
  [...values].map(([name, { shape, data }]) => [name, shape, Buffer.from(data.buffer).toString('base64')]);

describe('sgdMomentum', () => {
  it('is v <- m v + g + d w, w <- w - r v, without decay of vectors', async () => {
    await loadBackend('cpu');
    const make = (values: number[], shape: number[], slot: string) => {
      const parameter = {
        op: 'linear',
        slot,
        value: tf.tensor(values, shape),
        assign(next: tf.Tensor): void {
          parameter.value.dispose();
          parameter.value = tf.keep(next);
        },
      };
      return parameter;
    };
    const [matrix, vector] = [make([1, -2], [1, 2], 'weight'), make([3, 4], [2], 'bias')];
    const sgd = sgdMomentum(
      new Map([
        ['a/weight', matrix],
        ['a/bias', vector],
      ]),
      { momentum: 0.5, weight_decay: 0.25 },
    );
    const gradients = new Map<string, tf.Tensor>([
      ['a/weight', tf.tensor2d([1, 2], [1, 2])],
      ['a/bias', tf.tensor1d([4, 8])],
    ]);
    sgd.update(gradients, 0.5);
    sgd.update(gradients, 0.5);
    // matrix: v = [1.25, 1.5], w = [.375, -2.75]; v = [.625 + 1 + .09375, .75 + 2 - .6875], w = [-.484375, -3.78125]
    expect(Array.from(matrix.value.dataSync())).toEqual([-0.484375, -3.78125]);
    // vector: v = [4, 8], w = [1, 0]; v = [6, 12], w = [-2, -6]
    expect(Array.from(vector.value.dataSync())).toEqual([-2, -6]);
    sgd.dispose();
    tf.dispose([...gradients.values(), matrix.value, vector.value]);
  });
});
