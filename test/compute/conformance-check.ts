// One case of the conformance suite: an operator and its derivatives on a backend, compared with naive float64
// definitions. Inputs are float32 values, so the only allowed differences are those of float32 additions. The tolerance
// of every element is the rounding bound for a sum of its length and its terms, in any order (see `Sums` in
// naive-operators.ts).
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Backend } from '../../src/compute/backend.ts';
import { Random } from '../../src/math/random.ts';
import { findOperator } from '../../src/network/operators/find-operator.ts';
import { attributesOf, computedOrder, storedOrder } from '../../src/network/operators/operator-card.ts';
import type { Operator } from '../../src/network/ops/operator.ts';
import { naive, size } from '../network/ops/naive-operators.ts';
import type { Bounded, Derivatives, Values } from '../network/ops/naive-operators.ts';
import { caseShape } from './case-shape.ts';
import type { OperatorCase } from './operator-cases.ts';

const BATCH = 2;

/** Computes a case; returns descriptions of the differences. */
export async function check(each: OperatorCase, backend: Backend): Promise<string[]> {
  try {
    return await compare(each, backend);
  } catch (error) {
    return [String(error)];
  }
}

interface Problem {
  readonly inputs: readonly Values[];
  readonly weights: Readonly<Record<string, Values>>;
  readonly outputShape: readonly number[];
  readonly output: Bounded;
  readonly dy: Values;
  readonly derivatives: Derivatives;
}

const problems = new Map<string, Problem>();

/** Random tensors for a case, with the expected results; computed once for all backends. */
function problemOf({ title, layer, inputs: shapes }: OperatorCase): Problem {
  const known = problems.get(title);
  if (known) return known;
  const random = new Random(title);
  const inputs = shapes.map((shape) => randomValues([BATCH, ...shape], random, layer.op));
  const weights = Object.fromEntries(
    Object.entries(layer.weights).map(([slot, { shape }]) => {
      const values = randomValues(shape, random);
      return [slot, slot === 'running_var' ? positive(values) : values];
    }),
  );
  const outputShape = caseShape({ layer, inputs: shapes });
  const { output, derivatives } = naive(layer, inputs, weights, [BATCH, ...outputShape]);
  const dy = randomValues([BATCH, ...outputShape], random);
  const problem = { inputs, weights, outputShape, output, dy, derivatives: derivatives(dy) };
  problems.set(title, problem);
  return problem;
}

function positive({ shape, data }: Values): Values {
  return { shape, data: data.map((value) => Math.fround(value * value + 0.1)) };
}

async function compare(each: OperatorCase, { kernels }: Backend): Promise<string[]> {
  const { layer, inputs: inputShapes } = each;
  const { inputs, weights, outputShape, output: expected, dy, derivatives } = problemOf(each);
  const card = findOperator(layer.op)!;
  const { make } = await card.load();
  const before = tf.memory().numTensors;
  const xs = inputs.map(toTensor);
  const ws = Object.fromEntries(
    Object.entries(weights).map(([slot, values]) => [
      slot,
      tf.tidy(() => tf.transpose(toTensor(values), computedOrder(card.weights[slot]!))),
    ]),
  );
  const error = toTensor(dy);
  const operator = make({ attributes: attributesOf(card, layer), weights: ws, kernels, inputShapes, outputShape });
  const output = operator.forward(xs, false);
  const kept = { inputs: xs, output };
  const dxs = operator.inputGradients(error, kept);
  const again = operator.inputGradients(error, kept); // a second call, because tensors derived from weights are computed once and reused
  const dws = operator.weightGradients?.(error, kept) ?? {};
  const faults = await differences('output', output, expected);
  for (const [i, dx] of dxs.entries()) {
    faults.push(...(await differences(`gradient of input ${i}`, dx, derivatives.inputs[i]!)));
    faults.push(...(await differences(`gradient of input ${i}, again`, again[i]!, derivatives.inputs[i]!)));
  }
  for (const [slot, values] of Object.entries(derivatives.weights)) {
    const stored = dws[slot] && tf.transpose(dws[slot], storedOrder(card.weights[slot]!));
    faults.push(...(stored ? await differences(`gradient of ${slot}`, stored, values) : [`no gradient of ${slot}`]));
    stored?.dispose();
  }
  if (operator.fusesRelu) {
    const fused = operator.forward(xs, true);
    const rectified = { ...expected, data: expected.data.map((value) => Math.max(0, value)) };
    faults.push(...(await differences('output with ReLU', fused, rectified)));
    fused.dispose();
  }
  if (operator.fusesAdd === true) faults.push(...(await checkAddition(operator, xs[0]!, error, expected)));
  operator.dispose();
  tf.dispose([xs, ws, error, output, dxs, again, dws]);
  const left = tf.memory().numTensors - before;
  return left === 0 ? faults : [...faults, `${left} tensors left`];
}

/**
 * Checks a fused addition, without and with a ReLU. The addend, here dy, must not change, and its gradient is that of
 * the output.
 */
async function checkAddition(operator: Operator, x: Tensor, addend: Tensor, expected: Bounded): Promise<string[]> {
  const added = await addend.data();
  const faults: string[] = [];
  for (const relu of [false, true]) {
    const sum = expected.data.map((value, i) => value + added[i]!);
    const data = relu ? sum.map((value) => Math.max(0, value)) : sum;
    // one more term in a sum of at most 2^12: its own part of the bound, and at most as much again for the other terms
    const bound = expected.error.map((old, i) => 2 * old + 2 ** -12 * Math.abs(added[i]!));
    const output = operator.forward([x, addend], relu);
    const what = `output with an addend${relu ? ' and ReLU' : ''}`;
    faults.push(...(await differences(what, output, { ...expected, data, error: bound })));
    output.dispose();
  }
  const after = await addend.data();
  if (after.some((value, i) => value !== added[i])) faults.push('the addend has changed');
  const [dx, dAddend, ...more] = operator.inputGradients(addend, { inputs: [x, addend], output: addend });
  if (dAddend !== addend || more.length > 0) faults.push('the gradient of the addend is not dy');
  dx?.dispose();
  return faults;
}

/** Float32 values around zero. For pools and ReLUs, many of them are equal, so that ties occur. */
function randomValues(shape: readonly number[], random: Random, op = ''): Values {
  const coarse = op === 'max-pool' || op === 'relu';
  const draw = (): number => (coarse ? random.below(5) - 2 : Math.fround(random.normal()));
  return { shape, data: Float64Array.from({ length: size(shape) }, draw) };
}

function toTensor({ shape, data }: Values): Tensor {
  return tf.tensor(Float32Array.from(data), [...shape]);
}

async function differences(what: string, got: Tensor, expected: Bounded): Promise<string[]> {
  if (got.shape.join() !== expected.shape.join())
    return [`${what} is [${got.shape.join()}], expected [${expected.shape.join()}]`];
  const values = await got.data();
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
