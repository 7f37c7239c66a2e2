// Bench `gradients`: time of the forward pass of convolutions divided by the time of a gradient, on wasm. Both times
// are sums over typical layers of networks. tfjs has no fast wasm kernels for these gradients; Lethe adds its own.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { loadBackend } from '../src/compute/backend.ts';
import type { Kernels } from '../src/compute/kernels/kernels.ts';
import type { Layer } from '../src/network/network.ts';
import { findOperator } from '../src/network/operators/find-operator.ts';
import { attributesOf, computedOrder } from '../src/network/operators/operator-card.ts';
import { outputShapes } from '../src/network/shapes.ts';
import { atLeast, median } from './measure.ts';
import type { Measurement } from './measure.ts';

const BATCH = 32;
const ROUNDS = 15;
const [INPUT_LIMIT, WEIGHT_LIMIT] = [0.7, 0.5];

interface Case {
  /** Size of the image: [height, width, channels]. */
  readonly image: readonly [number, number, number];
  /** Shape of the filter as stored: [out, in / groups, kh, kw], for `conv-transpose` [in, out, kh, kw]. */
  readonly filter: readonly [number, number, number, number];
  readonly stride: number;
  readonly padding: number;
  readonly groups?: number;
}

const CASES: Readonly<Record<string, { readonly op: string; readonly cases: readonly Case[] }>> = {
  conv: {
    op: 'conv',
    cases: [
      { image: [32, 32, 16], filter: [16, 16, 3, 3], stride: 1, padding: 1 },
      { image: [32, 32, 16], filter: [32, 16, 3, 3], stride: 2, padding: 1 },
      { image: [8, 8, 64], filter: [64, 64, 3, 3], stride: 1, padding: 1 },
      { image: [16, 16, 64], filter: [64, 64, 1, 1], stride: 1, padding: 0 },
    ],
  },
  depthwise: {
    op: 'conv',
    cases: [
      { image: [32, 32, 32], filter: [32, 1, 3, 3], stride: 1, padding: 1, groups: 32 },
      { image: [32, 32, 32], filter: [32, 1, 3, 3], stride: 2, padding: 1, groups: 32 },
      { image: [16, 16, 64], filter: [64, 1, 3, 3], stride: 1, padding: 1, groups: 64 },
    ],
  },
  'conv-transpose': {
    op: 'conv-transpose',
    cases: [
      { image: [8, 8, 64], filter: [64, 32, 4, 4], stride: 2, padding: 1 },
      { image: [16, 16, 32], filter: [32, 16, 2, 2], stride: 2, padding: 0 },
      { image: [16, 16, 32], filter: [32, 32, 3, 3], stride: 1, padding: 1 },
    ],
  },
};

export async function measure(): Promise<readonly Measurement[]> {
  const { kernels } = await loadBackend('wasm');
  const measured: Measurement[] = [];
  for (const [name, { op, cases }] of Object.entries(CASES)) {
    const times: Times[] = [];
    for (const each of cases) times.push(await timesOf(kernels, op, each));
    const total = (pick: (one: Times) => number): number => times.reduce((sum, one) => sum + pick(one), 0);
    for (const [what, pick, limit] of [
      ['input', (one: Times) => one.input, INPUT_LIMIT],
      ['weights', (one: Times) => one.weights, WEIGHT_LIMIT],
    ] as const) {
      const each = times.map((one) => (one.forward / pick(one)).toFixed(2)).join(', ');
      const note = `wasm: forward ${(1000 * total((one) => one.forward)).toFixed(1)} ms, gradient ${(1000 * total(pick)).toFixed(1)} ms; by layer ${each}; batch ${BATCH}`;
      measured.push(atLeast(`gradients/${name}/${what}`, total((one) => one.forward) / total(pick), limit, note));
    }
  }
  return measured;
}

/** Median times in seconds. */
interface Times {
  readonly forward: number;
  readonly input: number;
  readonly weights: number;
}

async function timesOf(kernels: Kernels, op: string, each: Case): Promise<Times> {
  const card = findOperator(op)!;
  const layer: Layer = {
    name: 'timed',
    op,
    inputs: ['input'],
    attributes: {
      stride: [each.stride, each.stride],
      padding: Array<number>(4).fill(each.padding),
      dilation: [1, 1],
      groups: each.groups ?? 1,
    },
    weights: { weight: { digest: 'weight' as never, shape: each.filter } },
  };
  const [height, width, channels] = each.image;
  const input = { height, width, channels, scale: 1, mean: [], std: [] };
  const outputShape = outputShapes({ input, layers: [layer] }).get(layer.name)!;
  const random = (shape: readonly number[]): Tensor => tf.randomNormal([...shape], 0, 1, 'float32', 1);
  const weights = { weight: tf.tidy(() => tf.transpose(random(each.filter), computedOrder(card.weights['weight']!))) };
  const [x, dy] = [random([BATCH, ...each.image]), random([BATCH, ...outputShape])];
  const operator = (await card.load()).make({
    attributes: attributesOf(card, layer),
    weights,
    kernels,
    inputShapes: [each.image],
    outputShape,
  });
  const kept = { inputs: [x], output: dy };
  const works = {
    forward: () => operator.forward([x], false),
    input: () => operator.inputGradients(dy, kept)[0]!,
    weights: () => operator.weightGradients!(dy, kept)['weight']!,
  };
  const seconds = { forward: [] as number[], input: [] as number[], weights: [] as number[] };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const what of ['forward', 'input', 'weights'] as const) {
      const start = performance.now();
      const y = works[what]();
      await y.data();
      y.dispose();
      if (round > 0) seconds[what].push((performance.now() - start) / 1000); // the first round is a warm-up
    }
  }
  operator.dispose();
  tf.dispose([x, dy, weights]);
  return { forward: median(seconds.forward), input: median(seconds.input), weights: median(seconds.weights) };
}
