// The naive definitions themselves are compared with numeric differentiation. All of them except ReLU and max-pool are
// linear in the inputs and in each weight, so a central difference of float64 values has only rounding errors; those
// two are linear between ties.
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/math/random.ts';
import { convCases, convTransposeCases, otherCases, poolCases } from '../../compute/operator-cases.ts';
import type { OperatorCase } from '../../compute/operator-cases.ts';
import { caseShape } from '../../compute/case-shape.ts';
import { naive, size } from './naive-operators.ts';
import type { Values } from './naive-operators.ts';

const BATCH = 2;
const STEP = 2 ** -10;
/** Number of elements checked per tensor. */
const LOOKED_AT = 12;

/** Every n-th case of the large grids: the definitions do not depend on sizes in ways that this could miss. */
const every = (cases: readonly OperatorCase[], n: number): OperatorCase[] => cases.filter((_, i) => i % n === 0);

const cases = [
  ...every(convCases(), 37),
  ...every(convTransposeCases(), 37),
  ...every(poolCases('max-pool'), 11),
  ...every(poolCases('avg-pool'), 11),
  ...otherCases(),
];

describe('naive derivatives equal numeric differentiation', () => {
  it.each(cases)('$title', ({ title, layer, inputs: shapes }) => {
    const random = new Random(title);
    // distinct values, further apart than the step, so that there are no ties
    const draw = (shape: readonly number[]): Values => {
      const values = Float64Array.from({ length: size(shape) }, (_, i) => i + 1);
      for (let i = values.length - 1; i > 0; i--) {
        const j = random.below(i + 1);
        [values[i], values[j]] = [values[j]!, values[i]!];
      }
      return { shape, data: values.map((value) => ((value - values.length / 2 + 0.5) * 4) / values.length) };
    };
    const inputs = shapes.map((shape) => draw([BATCH, ...shape]));
    const weights = Object.fromEntries(
      Object.entries(layer.weights).map(([slot, { shape }]) => {
        const values = draw(shape);
        return [slot, slot === 'running_var' ? { shape, data: values.data.map((v) => v * v + 0.1) } : values];
      }),
    );
    const outputShape = [BATCH, ...caseShape({ layer, inputs: shapes })];
    const dy = draw(outputShape);
    const objective = (): number =>
      naive(layer, inputs, weights, outputShape).output.data.reduce((sum, value, i) => sum + value * dy.data[i]!, 0);
    const numeric = (data: Float64Array, i: number): number => {
      const value = data[i]!;
      data[i] = value + STEP;
      const above = objective();
      data[i] = value - STEP;
      const below = objective();
      data[i] = value;
      return (above - below) / (2 * STEP);
    };
    const { inputs: dxs, weights: dws } = naive(layer, inputs, weights, outputShape).derivatives(dy);
    const scale = Math.max(1, Math.abs(objective()));
    const pairs = [
      ...inputs.map(({ data }, i) => [data, dxs[i]!.data] as const),
      ...Object.entries(dws).map(([slot, { data }]) => [weights[slot]!.data, data] as const),
    ];
    expect(pairs.length).toBeGreaterThan(0);
    for (const [values, gradient] of pairs) {
      for (let k = 0; k < Math.min(LOOKED_AT, values.length); k++) {
        const i = random.below(values.length);
        // rounding of the objective, 2^-52 of its terms, divided by the step
        expect(Math.abs(numeric(values, i) - gradient[i]!)).toBeLessThan(scale * 1e-9);
      }
    }
  });
});
