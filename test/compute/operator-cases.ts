// The grid of layers in the conformance suite: every operator with strides, paddings, dilations, groups, and sizes that
// do and do not fit, square and not square.
import type { Layer } from '../../src/network/network.ts';

export interface OperatorCase {
  readonly title: string;
  readonly layer: Layer;
  /** Shapes of the inputs for one image. */
  readonly inputs: readonly (readonly number[])[];
}

type Attributes = Layer['attributes'];
type Shapes = Readonly<Record<string, readonly number[]>>;

function operatorCase(
  op: string,
  inputs: readonly (readonly number[])[],
  attributes: Attributes,
  weights: Shapes = {},
): OperatorCase {
  const refs = Object.entries(weights).map(([slot, shape]) => [slot, { digest: slot as never, shape }] as const);
  const names = inputs.map((_, i) => (i === 0 ? 'input' : `input${i}`));
  const title = [
    op,
    ...Object.entries(attributes).map(([name, value]) => `${name} ${String(value)}`),
    `on ${inputs.map((shape) => shape.join('x')).join(' and ')}`,
    ...Object.entries(weights).map(([slot, shape]) => `${slot} ${shape.join('x')}`),
  ].join(', ');
  return { title, inputs, layer: { name: 'tested', op, inputs: names, attributes, weights: Object.fromEntries(refs) } };
}

const KERNELS = [
  [1, 1],
  [3, 3],
  [2, 3],
  [5, 4],
] as const;
const STRIDES = [
  [1, 1],
  [2, 2],
  [2, 1],
  [3, 2],
] as const;
const DILATIONS = [
  [1, 1],
  [2, 2],
  [1, 3],
] as const;
const PADDINGS = [
  [0, 0, 0, 0],
  [1, 1, 1, 1],
  [0, 1, 2, 0],
  [3, 2, 2, 3],
] as const;
/** groups, input channels, output channels: dense, grouped, depthwise, depthwise with two outputs per channel */
const GROUPS = [
  [1, 3, 5],
  [2, 4, 6],
  [4, 4, 4],
  [3, 3, 6],
] as const;

/** All combinations that have an output; `keep` selects some of them. */
function* convGrid(): Generator<{
  attributes: Attributes;
  kernel: readonly number[];
  groups: readonly number[];
  n: number;
}> {
  let n = 0;
  for (const kernel of KERNELS)
    for (const stride of STRIDES)
      for (const dilation of DILATIONS)
        for (const padding of PADDINGS)
          for (const groups of GROUPS)
            yield { attributes: { stride, padding, dilation, groups: groups[0] }, kernel, groups, n: n++ };
}

export function convCases(): OperatorCase[] {
  const cases: OperatorCase[] = [];
  for (const { attributes, kernel, groups, n } of convGrid()) {
    const size = [8, 9]; // even and odd, with and without rows that no window reaches
    const [count, inner, outer] = groups as [number, number, number];
    const [kh, kw] = kernel as [number, number];
    const { padding, dilation } = attributes as Record<string, readonly number[]>;
    const fits = (axis: 0 | 1, k: number): boolean =>
      size[axis]! + padding![2 * axis]! + padding![2 * axis + 1]! >= (k - 1) * dilation![axis]! + 1;
    if (!fits(0, kh) || !fits(1, kw)) continue;
    const bias = n % 2 === 0 ? { bias: [outer] } : {};
    const weights = { weight: [outer, inner / count, kh, kw], ...bias };
    cases.push(operatorCase('conv', [[...size, inner]], attributes, weights));
  }
  return [...cases, ...wideConvCases()];
}

/** Cases with enough channels to fill whole CPU vectors, and some left over. */
function wideConvCases(): OperatorCase[] {
  const attributes = { stride: [2, 1], padding: [1, 0, 1, 2], dilation: [1, 1] };
  return [
    [1, 19, 23],
    [23, 23, 23],
    [37, 37, 37],
    [18, 18, 36],
  ].map(([groups, inner, outer]) => {
    const weights = { weight: [outer!, inner! / groups!, 3, 3], bias: [outer!] };
    return operatorCase('conv', [[7, 6, inner!]], { ...attributes, groups: groups! }, weights);
  });
}

export function convTransposeCases(): OperatorCase[] {
  const cases: OperatorCase[] = [];
  for (const { attributes, kernel, groups, n } of convGrid()) {
    const size = [4, 3];
    const [count, inner, outer] = groups as [number, number, number];
    const { padding, dilation, stride } = attributes as Record<string, readonly number[]>;
    const most = Math.max(...[0, 1].map((axis) => Math.max(stride![axis]!, dilation![axis]!)));
    const extra =
      n % 3 === 0 && most > 1 ? [0, 1].map((axis) => Math.max(stride![axis]!, dilation![axis]!) - 1) : [0, 0];
    const length = (axis: 0 | 1): number =>
      (size[axis]! - 1) * stride![axis]! -
      padding![2 * axis]! -
      padding![2 * axis + 1]! +
      (kernel[axis]! - 1) * dilation![axis]! +
      1 +
      extra[axis]!;
    if (length(0) < 1 || length(1) < 1) continue;
    const bias = n % 2 === 0 ? { bias: [outer] } : {};
    const weights = { weight: [inner, outer / count, ...kernel], ...bias };
    cases.push(operatorCase('conv-transpose', [[...size, inner]], { ...attributes, output_padding: extra }, weights));
  }
  return cases;
}

export function poolCases(op: 'max-pool' | 'avg-pool'): OperatorCase[] {
  const cases: OperatorCase[] = [];
  for (const size of [
    [2, 2],
    [3, 3],
    [3, 2],
    [1, 1],
  ] as const)
    for (const stride of STRIDES)
      for (const padding of [
        [0, 0, 0, 0],
        [1, 1, 1, 1],
        [0, 1, 1, 0],
        [0, 2, 0, 1],
      ] as const)
        for (const ceil of [false, true])
          for (const count_include_pad of op === 'avg-pool' ? [true, false] : [true]) {
            if (padding.some((border, side) => border >= size[side < 2 ? 0 : 1])) continue;
            const counting = op === 'avg-pool' ? { count_include_pad } : {};
            cases.push(operatorCase(op, [[7, 8, 3]], { size, stride, padding, ceil, ...counting }));
          }
  cases.push(operatorCase(op, [[6, 5, 2]], { size: [6, 5], stride: [1, 1], padding: [0, 0, 0, 0], ceil: false }));
  return cases;
}

export function otherCases(): OperatorCase[] {
  const vectors = (channels: number): Shapes => ({
    weight: [channels],
    bias: [channels],
    running_mean: [channels],
    running_var: [channels],
  });
  const { running_mean, running_var } = vectors(4) as Record<string, readonly number[]>;
  return [
    operatorCase('relu', [[5, 4, 3]], {}),
    operatorCase('relu', [[7]], {}),
    operatorCase(
      'add',
      [
        [5, 4, 3],
        [5, 4, 3],
      ],
      {},
    ),
    operatorCase('add', [[6], [6], [6]], {}),
    operatorCase(
      'concat',
      [
        [5, 4, 3],
        [5, 4, 1],
        [5, 4, 2],
      ],
      {},
    ),
    operatorCase('concat', [[3], [5]], {}),
    operatorCase('concat', [[3, 3, 2]], {}),
    operatorCase('flatten', [[5, 4, 3]], {}),
    operatorCase('flatten', [[7]], {}),
    operatorCase('linear', [[7]], {}, { weight: [5, 7], bias: [5] }),
    operatorCase('linear', [[1, 1, 6]], {}, { weight: [4, 6] }),
    operatorCase('batch-norm', [[5, 4, 3]], { epsilon: 1e-5 }, vectors(3)),
    operatorCase('batch-norm', [[4]], { epsilon: 0.1 }, vectors(4)),
    operatorCase(
      'batch-norm',
      [[2, 3, 4]],
      { epsilon: 1e-3 },
      { running_mean: running_mean!, running_var: running_var! },
    ),
    operatorCase('global-avg-pool', [[5, 4, 3]], {}),
    operatorCase('global-avg-pool', [[1, 1, 3]], {}),
    operatorCase('shortcut-a', [[6, 8, 2]], { stride: 2, channels: 4 }),
    operatorCase('shortcut-a', [[7, 5, 3]], { stride: 2, channels: 7 }),
    operatorCase('shortcut-a', [[7, 5, 3]], { stride: 3, channels: 3 }),
    operatorCase('shortcut-a', [[4, 5, 2]], { stride: 1, channels: 6 }),
  ];
}
