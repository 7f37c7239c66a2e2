// Compiled networks compared with the naive float64 forward pass, and their pullbacks with its directional derivatives.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/compute/backend.ts';
import type { Backend } from '../../src/compute/backend.ts';
import { Random } from '../../src/math/random.ts';
import { compileFeatureMap, compileNetwork } from '../../src/network/compile.ts';
import type { Layer, Network } from '../../src/network/network.ts';
import { outputShapes } from '../../src/network/shapes.ts';
import { tensorBytes } from '../../src/network/tensor.ts';
import { failureOf } from './failure-of.ts';
import { memoryBlobs } from './memory-blobs.ts';
import { naiveForward } from './naive-forward.ts';
import { randomNetwork } from './random-network.ts';

const blobs = memoryBlobs();
const BATCH = 3;
let backend: Backend;
beforeAll(async () => {
  backend = await loadBackend();
});

/** Values of one image: [channel][row][column] -> [row][column][channel]. */
function channelsLast(data: Float64Array, [height, width, channels]: readonly number[]): Float64Array {
  return data.map((_, i) => {
    const [c, j] = [i % channels!, Math.floor(i / channels!) % width!];
    return data[(c * height! + Math.floor(i / (channels! * width!))) * width! + j]!;
  });
}

/** Values of a layer for a batch [batch, height, width, channels] from the naive forward pass, channels last. */
async function naiveValues(network: Network, x: Float64Array, layer: string): Promise<Float64Array> {
  const { height, width, channels } = network.input;
  const n = height * width * channels;
  const shape = outputShapes(network).get(layer)!;
  const parts: number[] = [];
  for (let image = 0; image < x.length / n; image++) {
    const pixels = x.subarray(image * n, (image + 1) * n);
    const first = pixels.map((_, i) => pixels[(i % (height * width)) * channels + Math.floor(i / (height * width))]!);
    const value = (await naiveForward(network, first, blobs.read)).get(layer)!;
    parts.push(...(shape.length === 3 ? channelsLast(value, shape) : value));
  }
  return Float64Array.from(parts);
}

function draw(random: Random, length: number): Float64Array {
  return Float64Array.from({ length }, () => Math.fround(random.normal()));
}

function inputOf(network: Network, values: Float64Array): Tensor4D {
  const { height, width, channels } = network.input;
  return tf.tensor4d(Float32Array.from(values), [values.length / (height * width * channels), height, width, channels]);
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, relative: number): void {
  expect(got.length).toBe(expected.length);
  const scale = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  const worst = Array.from(expected).reduce((most, value, i) => Math.max(most, Math.abs(got[i]! - value)), 0);
  expect(worst / scale).toBeLessThan(relative);
}

describe('compileFeatureMap on random networks', () => {
  it.each(Array.from({ length: 25 }, (_, i) => i))('network %i: values and pullback', async (i) => {
    const network = await randomNetwork(`compile ${i}`, 4 + (i % 9), blobs);
    const random = new Random(`inputs ${i}`);
    const { height, width, channels } = network.input;
    const xs = draw(random, BATCH * height * width * channels);
    const before = tf.memory().numTensors;
    const map = await compileFeatureMap(network, blobs.read, backend);
    const x = inputOf(network, xs);
    const expected = await naiveValues(network, xs, network.output);
    expect(map.features * BATCH).toBe(expected.length);
    const f = map.forward(x);
    expect(f.shape).toEqual([BATCH, map.features]);
    expectClose(f.dataSync(), expected, 1e-5);

    const at = map.linearize(x);
    expectClose(at.f.dataSync(), expected, 1e-5);
    for (let probe = 0; probe < 2; probe++) {
      const u = draw(random, expected.length);
      const seed = tf.tensor2d(Float32Array.from(u), [BATCH, map.features]);
      const dx = at.pullback(seed);
      expect(dx.shape).toEqual(x.shape);
      // along a random direction v: u . J v = (J^T u) . v; the step is small, because the network is smooth only
      // between the kinks of its ReLUs
      const v = draw(random, xs.length);
      const step = 1e-7;
      const moved = (sign: number): Promise<Float64Array> =>
        naiveValues(
          network,
          xs.map((value, k) => value + sign * step * v[k]!),
          network.output,
        );
      const [above, below] = [await moved(1), await moved(-1)];
      const derivative = dot(
        u,
        above.map((value, k) => (value - below[k]!) / (2 * step)),
      );
      const size = Math.sqrt(dot(dx.dataSync(), dx.dataSync()) * dot(v, v));
      expect(Math.abs(dot(dx.dataSync(), v) - derivative) / Math.max(size, 1e-9)).toBeLessThan(1e-5);
      tf.dispose([seed, dx]);
    }
    at.dispose();
    map.dispose();
    tf.dispose([x, f]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('compileNetwork', () => {
  it('gives several layers, before and after a ReLU, from one pass, and sums their pullbacks', async () => {
    const network = await branching();
    const names = ['conv', 'relu', 'join', 'sum'];
    const xs = draw(new Random('several'), BATCH * 5 * 5 * 2);
    const x = inputOf(network, xs);
    const before = tf.memory().numTensors;
    const compiled = await compileNetwork(network, names, blobs.read, backend);
    const at = compiled.linearize(x);
    const seeds = new Map<string, Tensor>();
    const parts: Tensor[] = [];
    for (const name of names) {
      expectClose(at.values.get(name)!.dataSync(), await naiveValues(network, xs, name), 1e-5);
      const seed = tf.randomNormal(at.values.get(name)!.shape, 0, 1, 'float32', 3);
      seeds.set(name, seed);
      parts.push(at.pullback(new Map([[name, seed]])));
    }
    const all = at.pullback(seeds);
    const sum = tf.addN(parts);
    expectClose(all.dataSync(), sum.dataSync(), 1e-5);
    at.dispose();
    const forward = compiled.forward(x);
    expect([...forward.keys()]).toEqual(names);
    tf.dispose([...forward.values(), ...seeds.values(), ...parts, all, sum]);
    compiled.dispose();
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });

  it('keeps its derived filters when the first use is inside tf.tidy', async () => {
    const network = await branching();
    const map = await compileFeatureMap(network, blobs.read, backend);
    const x = inputOf(network, draw(new Random('tidy'), BATCH * 5 * 5 * 2));
    const pulled = (): ArrayLike<number> =>
      tf.tidy(() => {
        const at = map.linearize(x);
        return at.pullback(at.f).dataSync();
      });
    const first = Array.from(pulled());
    expect(Array.from(pulled())).toEqual(first);
    map.dispose();
    x.dispose();
  });

  it('sums gradients correctly when a layer is read several times', async () => {
    const layers = [
      plain('relu', 'relu', ['input']),
      plain('thrice', 'add', ['relu', 'relu', 'relu']),
      plain('all', 'add', ['thrice', 'input', 'relu', 'thrice']), // 7 relu(x) + x
      plain('end', 'relu', ['all']), // fused with the sum before it: 8 x above zero, else 0
    ];
    const xs = draw(new Random('shared'), BATCH * 5 * 5 * 2);
    const x = inputOf(base, xs);
    for (const output of ['all', 'end']) {
      const before = tf.memory().numTensors;
      const map = await compileFeatureMap({ ...base, layers, output }, blobs.read, backend);
      const at = map.linearize(x);
      const seed = tf.ones(at.f.shape);
      const dx = at.pullback(seed);
      expectClose(
        dx.dataSync(),
        xs.map((value) => (value > 0 ? 8 : output === 'all' ? 1 : 0)),
        1e-6,
      );
      at.dispose();
      map.dispose();
      tf.dispose([seed, dx]);
      expect(tf.memory().numTensors).toBe(before);
    }
    x.dispose();
  });

  it('is zero where the seed does not depend on the input', async () => {
    const network = await branching();
    const compiled = await compileNetwork(network, ['relu'], blobs.read, backend);
    const x = inputOf(network, draw(new Random('none'), BATCH * 5 * 5 * 2));
    const at = compiled.linearize(x);
    const dx = at.pullback(new Map());
    expect(dx.shape).toEqual(x.shape);
    expect(Math.max(...dx.dataSync().map(Math.abs))).toBe(0);
    at.dispose();
    tf.dispose([dx, x]);
    compiled.dispose();
  });

  it('frees activations as soon as they are used: a deep chain needs no more than a short one', async () => {
    const peak = async (depth: number): Promise<number> => {
      const layers = Array.from({ length: depth }, (_, i) => plain(`r${i}`, 'relu', [i === 0 ? 'input' : `r${i - 1}`]));
      const network = { ...base, layers, output: `r${depth - 1}` };
      const compiled = await compileNetwork(network, [network.output], blobs.read, backend);
      const x = inputOf(network, draw(new Random('deep'), 50 * 5 * 5 * 2));
      const { peakBytes } = await tf.profile(() => {
        tf.dispose([...compiled.forward(x).values()]);
        return [];
      });
      x.dispose();
      compiled.dispose();
      return peakBytes;
    };
    expect(await peak(40)).toBe(await peak(3));
  });

  it('names the layer that it cannot compute', async () => {
    const one = (layer: Layer): Promise<unknown> =>
      compileNetwork({ ...base, layers: [layer], output: layer.name }, [layer.name], blobs.read, backend);
    const unknown = await failureOf(() => one(plain('odd', 'gelu', ['input'])));
    expect(unknown).toMatchObject({ reason: 'unsupported-layer', values: { layer: 'odd', operator: 'gelu' } });
    const attributes = { size: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], ceil: false, dilation: [2, 2] };
    const extra = await failureOf(() => one({ ...plain('pool', 'max-pool', ['input']), attributes }));
    expect(extra).toMatchObject({ reason: 'unsupported-layer', values: { layer: 'pool', attribute: 'dilation' } });
  });

  it('computes only what leads to the outputs', async () => {
    const network = await branching();
    const broken = { ...network, layers: [...network.layers, plain('odd', 'gelu', ['sum'])] };
    const compiled = await compileNetwork(broken, ['relu'], blobs.read, backend);
    expect([...compiled.outputShapes]).toEqual([['relu', [5, 5, 3]]]);
    compiled.dispose();
  });
});

const base: Network = {
  architecture: 'test',
  input: { height: 5, width: 5, channels: 2, scale: 1, mean: [0, 0], std: [1, 1] },
  layers: [],
  output: '',
  aliases: {},
};

function plain(name: string, op: string, inputs: readonly string[]): Layer {
  return { name, op, inputs, attributes: {}, weights: {} };
}

/** Network conv -> relu, whose output two layers read; their concatenation, and a sum with the relu. */
async function branching(): Promise<Network> {
  const random = new Random('branching');
  const conv = async (name: string, input: string, from: number, to: number): Promise<Layer> => ({
    ...plain(name, 'conv', [input]),
    attributes: { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 },
    weights: {
      weight: {
        digest: await blobs.write(tensorBytes(Float32Array.from(draw(random, to * from * 9)))),
        shape: [to, from, 3, 3],
      },
    },
  });
  const layers = [
    await conv('conv', 'input', 2, 3),
    plain('relu', 'relu', ['conv']),
    await conv('conv2', 'relu', 3, 3),
    plain('relu2', 'relu', ['conv2']),
    plain('join', 'concat', ['relu', 'relu2']),
    plain('sum', 'add', ['relu', 'relu2', 'conv']),
  ];
  return { ...base, layers, output: 'sum' };
}
