// The conformance suite: what every backend must compute. Each operator of the grid, forwards and its derivatives, against naive
// float64 definitions. Inputs are float32 values, so the only differences allowed are those of float32 additions: for every single
// element, the bound for a sum of its length and its terms (see `Sums` in naive-operators.ts), whatever the order.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/compute/backend.ts';
import { loadBackend } from '../../src/compute/backend.ts';
import { Random } from '../../src/math/random.ts';
import type { Layer } from '../../src/network/network.ts';
import { MAKE_OPERATOR, manifestLayout, weightLayout } from '../../src/network/ops/index.ts';
import { outputShapes } from '../../src/network/shapes.ts';
import { naive, size } from '../network/ops/naive-operators.ts';
import type { Bounded, Values } from '../network/ops/naive-operators.ts';
import { convCases, convTransposeCases, otherCases, poolCases } from './operator-cases.ts';
import type { OperatorCase } from './operator-cases.ts';

const BATCH = 2;

export function conformanceSuite(name: string): void {
  describe(`operators on ${name}`, () => {
    let backend: Backend;
    let tensors = 0;
    beforeAll(async () => {
      backend = await loadBackend(name);
      tensors = tf.memory().numTensors;
    });
    afterAll(() => expect(tf.memory().numTensors).toBe(tensors));

    const groups = {
      conv: convCases(),
      'conv-transpose': convTransposeCases(),
      'max-pool': poolCases('max-pool'),
      'avg-pool': poolCases('avg-pool'),
    };
    it.each(Object.entries(groups))('%s over its whole grid', (_, cases) => {
      expect(cases.length).toBeGreaterThan(50);
      const wrong = cases.flatMap((each) => check(each, backend).map((fault) => `${each.title}: ${fault}`));
      expect(wrong).toEqual([]);
    });
    it.each(otherCases())('$title', (each) => {
      expect(check(each, backend)).toEqual([]);
    });
  });
}

/** Runs a case; says what differs. */
function check(each: OperatorCase, backend: Backend): string[] {
  try {
    return compare(each, backend);
  } catch (error) {
    return [String(error)];
  }
}

function compare({ title, layer, inputs: shapes }: OperatorCase, { kernels }: Backend): string[] {
  const random = new Random(title);
  const inputs = shapes.map((shape) => randomValues([BATCH, ...shape], random, layer.op));
  const weights = Object.fromEntries(
    Object.entries(layer.weights).map(([slot, { shape }]) => {
      const values = randomValues(shape, random);
      return [
        slot,
        slot === 'running_var' ? { shape, data: values.data.map((v) => Math.fround(v * v + 0.1)) } : values,
      ];
    }),
  );
  const outputShape = shapeOf(layer, shapes);
  const expected = naive(layer, inputs, weights, [BATCH, ...outputShape]);
  const dy = randomValues([BATCH, ...outputShape], random);
  const derivatives = expected.derivatives(dy);

  const before = tf.memory().numTensors;
  const xs = inputs.map(toTensor);
  const ws = Object.fromEntries(
    Object.entries(weights).map(([slot, values]) => [
      slot,
      tf.tidy(() => tf.transpose(toTensor(values), weightLayout(values.shape.length))),
    ]),
  );
  const error = toTensor(dy);
  const operator = MAKE_OPERATOR[layer.op]!({ layer, weights: ws, kernels, inputShapes: shapes, outputShape });
  const output = operator.forward(xs, false);
  const kept = { inputs: xs, output };
  const dxs = operator.inputGradients(error, kept);
  const again = operator.inputGradients(error, kept); // what is derived from weights is made once and used again
  const dws = operator.weightGradients?.(error, kept) ?? {};
  const faults = [
    ...differences('output', output, expected.output),
    ...dxs.flatMap((dx, i) => differences(`gradient of input ${i}`, dx, derivatives.inputs[i]!)),
    ...again.flatMap((dx, i) => differences(`gradient of input ${i}, again`, dx, derivatives.inputs[i]!)),
  ];
  for (const [slot, values] of Object.entries(derivatives.weights)) {
    const stored = dws[slot] && tf.transpose(dws[slot], manifestLayout(dws[slot].rank));
    faults.push(...(stored ? differences(`gradient of ${slot}`, stored, values) : [`no gradient of ${slot}`]));
    stored?.dispose();
  }
  if (operator.fusesRelu) {
    const fused = operator.forward(xs, true);
    const rectified = { ...expected.output, data: expected.output.data.map((value) => Math.max(0, value)) };
    faults.push(...differences('output with ReLU', fused, rectified));
    fused.dispose();
  }
  operator.dispose();
  tf.dispose([xs, ws, error, output, dxs, again, dws]);
  const left = tf.memory().numTensors - before;
  return left === 0 ? faults : [...faults, `${left} tensors left`];
}

function shapeOf(layer: Layer, shapes: readonly (readonly number[])[]): readonly number[] {
  // further inputs as flattened or convolved images do not matter to shapes: a network with one input layer per input
  const [first, ...others] = shapes as [readonly number[], ...(readonly number[])[]];
  const image = first.length === 3 ? first : [1, 1, first[0]!];
  const [height, width, channels] = image as [number, number, number];
  const input = { height, width, channels, scale: 1, mean: [], std: [] };
  const plain = (name: string, op: string, from: string, weights: Layer['weights'] = {}): Layer => ({
    name,
    op,
    inputs: [from],
    attributes: {},
    weights,
  });
  const layers: Layer[] = [];
  let start = 'input';
  if (first.length === 1) layers.push(plain((start = 'vector'), 'flatten', 'input'));
  others.forEach((shape, i) => {
    const c = shape.at(-1)!;
    const weight = { digest: 'w' as never, shape: first.length === 1 ? [c, first[0]!] : [c, channels, 1, 1] };
    layers.push(plain(`input${i + 1}`, first.length === 1 ? 'linear' : 'conv', start, { weight }));
  });
  layers.push({ ...layer, inputs: [start, ...layer.inputs.slice(1)] });
  return outputShapes({ input, layers }).get(layer.name)!;
}

/** Float32 values around zero; for pools and ReLUs with many equal ones, so that ties happen. */
function randomValues(shape: readonly number[], random: Random, op = ''): Values {
  const coarse = op === 'max-pool' || op === 'relu';
  const draw = (): number => (coarse ? random.below(5) - 2 : Math.fround(random.normal()));
  return { shape, data: Float64Array.from({ length: size(shape) }, draw) };
}

function toTensor({ shape, data }: Values): Tensor {
  return tf.tensor(Float32Array.from(data), [...shape]);
}

function differences(what: string, got: Tensor, expected: Bounded): string[] {
  if (got.shape.join() !== expected.shape.join()) return [`${what} is [${got.shape}], expected [${expected.shape}]`];
  const values = got.dataSync();
  const worst = { at: -1, excess: 0 };
  expected.data.forEach((value, i) => {
    const excess = Math.abs(values[i]! - value) - expected.error[i]!;
    if (!(excess <= worst.excess)) Object.assign(worst, { at: i, excess });
  });
  if (worst.at === -1) return [];
  return [
    `${what} at ${worst.at} is ${values[worst.at]}, expected ${expected.data[worst.at]} +- ${expected.error[worst.at]}`,
  ];
}
