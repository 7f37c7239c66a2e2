// Calls TensorFlow operations by name through the tfjs-node backend. tfjs-node has no functions for these operations,
// or only functions that compose them of several operations.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { TensorflowBinding } from '../load-tensorflow.ts';
import type { Finish, ForwardConv } from './forward.ts';
import type { Pair } from './geometry.ts';

interface Attribute {
  readonly name: string;
  readonly type: unknown;
  readonly value: unknown;
}

/** Part of tfjs-node's backend that executes any TensorFlow operation. */
interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  executeSingleOutput(operation: string, attributes: readonly Attribute[], inputs: readonly Tensor[]): Tensor;
  executeMultipleOutputs(
    operation: string,
    attributes: readonly Attribute[],
    inputs: readonly Tensor[],
    outputs: number,
  ): Tensor[];
}

// Convolutions of oneDNN on the CPU, fused with the operations that follow them. Fusing the bias saves a tenth of the
// time of ResNet-20's forward pass. Fusing the addition and the ReLU too saves another seventh, but needs a binding
// that supports lists of texts and types (src/setup/teach-lists.ts).
const CONV_WITH_BIAS = '_MklNativeConv2DWithBias';
const FUSED_CONV = '_MklNativeFusedConv2D';

export interface NativeOperations {
  readonly conv: ForwardConv;
  /**
   * Returns true if `conv` can perform a whole `Finish` in its own pass. This requires a bias; without a bias, nothing
   * is fused.
   */
  fuses(): boolean;
  /** Applies a `Finish` to `x`. Disposes of `x` if the result is a new tensor. */
  finish<T extends Tensor>(x: T, finish: Finish): T;
  /** Computes a + b for equal shapes, and applies a ReLU if `relu` is true. */
  add(a: Tensor, b: Tensor, relu?: boolean): Tensor;
  /**
   * Normalises with batch statistics. `unbiased` is the unbiased variance. `reserve` contains tensors for
   * `batchNormGradients`.
   */
  batchNorm(
    x: Tensor4D,
    gamma: Tensor1D,
    beta: Tensor1D,
    epsilon: number,
  ): { readonly y: Tensor; readonly mean: Tensor1D; readonly unbiased: Tensor1D; readonly reserve: readonly Tensor[] };
  batchNormGradients(
    dy: Tensor4D,
    x: Tensor4D,
    gamma: Tensor1D,
    reserve: readonly Tensor[],
    epsilon: number,
  ): { readonly dx: Tensor; readonly gamma: Tensor1D; readonly beta: Tensor1D };
  reluGradient(dy: Tensor, y: Tensor): Tensor;
  /**
   * Places dy at every `stride`-th row and column of an image of height and width `size`, with zeros elsewhere. This is
   * the gradient of a pool with windows of one pixel.
   */
  spread(dy: Tensor4D, stride: Pair, size: Pair): Tensor4D;
  convInputGradient(size: Tensor1D, filter: Tensor4D, dy: Tensor4D, stride: Pair): Tensor4D;
  convFilterGradient(x: Tensor4D, size: Tensor1D, dy: Tensor4D, stride: Pair, padding: 'SAME' | 'VALID'): Tensor4D;
}

export function nativeOperations(binding: TensorflowBinding): NativeOperations {
  const { type, integers, text, number, windows, fusion, normalisation, pixels } = attributesOf(binding);
  const run: Run = (operation, attributes, inputs) =>
    (tf.backend() as unknown as NativeBackend).executeSingleOutput(operation, [type, ...attributes], inputs) as never;
  const runMany = (operation: string, attributes: readonly Attribute[], inputs: readonly Tensor[], outputs: number) =>
    (tf.backend() as unknown as NativeBackend).executeMultipleOutputs(
      operation,
      [type, ...attributes],
      inputs,
      outputs,
    );
  const format = text('data_format', 'NHWC');
  const oneDnn = text('_kernel', 'MklNameChangeOp'); // selects oneDNN's kernels, as TensorFlow itself does
  const finish = <T extends Tensor>(x: T, { bias, addend, relu }: Finish): T => {
    let y = x;
    const replace = (next: T): void => {
      y.dispose();
      y = next;
    };
    if (bias !== undefined) replace(run('BiasAdd', [format], [y, bias]));
    if (addend !== undefined) replace(run('AddV2', [], [y, addend]));
    if (relu === true) replace(run('Relu', [], [y]));
    return y;
  };
  const fused = (window: readonly Attribute[], x: Tensor, filter: Tensor, { bias, addend, relu }: Finish): Tensor4D => {
    const added = [bias, addend].filter((one) => one !== undefined);
    const names = ['BiasAdd', ...(addend === undefined ? [] : ['Add']), ...(relu === true ? ['Relu'] : [])];
    return run(FUSED_CONV, [oneDnn, ...window, ...fusion(names, added.length)], [x, filter, ...added]);
  };
  const point = windows([1, 1], [text('padding', 'VALID')]);
  const addsBias = once(() => works([4, 4, 1], 2, (inputs) => run(CONV_WITH_BIAS, [oneDnn, ...point], inputs)));
  const fuses = once(() =>
    works([4, 4, 1, 4], 3, ([x, filter, bias, addend]) =>
      fused(point, x!, filter!, { bias: bias as Tensor1D, addend, relu: true }),
    ),
  );
  return {
    finish,
    fuses,
    conv(x, filter, { stride, padding, dilation }, { bias, ...rest } = {}) {
      const borders = padding.every((border) => border === 0)
        ? [text('padding', 'VALID')]
        : [text('padding', 'EXPLICIT'), integers('explicit_paddings', [0, 0, ...padding, 0, 0])];
      const window = windows(stride, borders, dilation);
      if (bias !== undefined && fuses()) return fused(window, x, filter, { bias, ...rest });
      if (bias !== undefined && addsBias())
        return finish(run<Tensor4D>(CONV_WITH_BIAS, [oneDnn, ...window], [x, filter, bias]), rest);
      return finish(run<Tensor4D>('Conv2D', window, [x, filter]), { bias, ...rest });
    },
    add: (a, b, relu) => finish(run('AddV2', [], [a, b]), { relu }),
    batchNorm(x, gamma, beta, epsilon) {
      const none = tf.tensor1d([]); // no running statistics are given
      const attributes = [...normalisation(epsilon), number('exponential_avg_factor', 1)];
      const outputs = runMany('FusedBatchNormV3', attributes, [x, gamma, beta, none, none], 6);
      none.dispose();
      const [y, mean, unbiased, ...reserve] = outputs as [Tensor, Tensor1D, Tensor1D, ...Tensor[]];
      return { y, mean, unbiased, reserve };
    },
    batchNormGradients(dy, x, gamma, reserve, epsilon) {
      const outputs = runMany('FusedBatchNormGradV3', normalisation(epsilon), [dy, x, gamma, ...reserve], 5);
      const [dx, dGamma, dBeta, ...unused] = outputs as [Tensor, Tensor1D, Tensor1D, ...Tensor[]];
      tf.dispose(unused);
      return { dx, gamma: dGamma, beta: dBeta };
    },
    reluGradient: (dy, y) => run('ReluGrad', [], [dy, y]),
    spread(dy, stride, [height, width]) {
      const [batch, , , channels] = dy.shape;
      const shape = tf.tensor1d([batch, height, width, channels], 'int32');
      const dx = run<Tensor4D>('AvgPoolGrad', pixels(stride), [shape, dy]);
      shape.dispose();
      return dx;
    },
    convInputGradient: (size, filter, dy, stride) =>
      run('Conv2DBackpropInput', windows(stride, [text('padding', 'VALID')]), [size, filter, dy]),
    convFilterGradient: (x, size, dy, stride, padding) =>
      run('Conv2DBackpropFilter', windows(stride, [text('padding', padding)]), [x, size, dy]),
  };
}

type Run = <T extends Tensor>(operation: string, attributes: readonly Attribute[], inputs: readonly Tensor[]) => T;

function attributesOf(binding: TensorflowBinding) {
  const { TF_ATTR_TYPE, TF_ATTR_INT, TF_ATTR_STRING, TF_ATTR_BOOL, TF_ATTR_FLOAT, TF_FLOAT } = binding;
  const integers = (name: string, value: readonly number[]): Attribute => ({ name, type: TF_ATTR_INT, value });
  const text = (name: string, value: string): Attribute => ({ name, type: TF_ATTR_STRING, value });
  const number = (name: string, value: number): Attribute => ({ name, type: TF_ATTR_FLOAT, value });
  const windows = (stride: Pair, padding: readonly Attribute[], dilation: Pair = [1, 1]): Attribute[] => [
    integers('strides', [1, ...stride, 1]),
    ...padding,
    text('data_format', 'NHWC'),
    { name: 'use_cudnn_on_gpu', type: TF_ATTR_BOOL, value: true },
    integers('dilations', [1, ...dilation, 1]),
  ];
  return {
    type: { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
    integers,
    text,
    number,
    windows,
    /**
     * Attributes of a fused operation: `names` are the operations after the convolution, and `inputs` is the number of
     * tensors that they add.
     */
    fusion: (names: readonly string[], inputs: number): Attribute[] => [
      { name: 'fused_ops', type: TF_ATTR_STRING, value: names },
      { name: 'TArgs', type: TF_ATTR_TYPE, value: Array(inputs).fill(TF_FLOAT) },
      { name: 'num_args', type: TF_ATTR_INT, value: inputs },
      { name: 'num_host_args', type: TF_ATTR_INT, value: 0 },
      number('epsilon', 0),
      number('leakyrelu_alpha', 0),
    ],
    normalisation: (epsilon: number): Attribute[] => [
      { name: 'U', type: TF_ATTR_TYPE, value: TF_FLOAT }, // type of the statistics
      number('epsilon', epsilon),
      text('data_format', 'NHWC'),
      { name: 'is_training', type: TF_ATTR_BOOL, value: true },
    ],
    /** Attributes of a pool with windows of one pixel. */
    pixels: (stride: Pair): Attribute[] => [
      integers('ksize', [1, 1, 1, 1]),
      integers('strides', [1, ...stride, 1]),
      text('padding', 'VALID'),
      text('data_format', 'NHWC'),
    ],
  };
}

/** Returns true if the active backend, which must be tensorflow, computes on a GPU. */
export function isOnGpu(): boolean {
  return (tf.backend() as unknown as NativeBackend).isUsingGpuDevice;
}

/**
 * Returns true if an operation of oneDNN exists and is correct. The operation is tried on tensors that have 1 as their
 * only element; `ranks` gives their numbers of axes. The operation must return `value` and must not change its inputs.
 * The function returns false on a GPU, because oneDNN would compute on the CPU.
 */
function works(ranks: readonly number[], value: number, operation: (inputs: readonly Tensor[]) => Tensor): boolean {
  if (isOnGpu()) return false;
  return tf.tidy(() => {
    const inputs = ranks.map((rank) => tf.ones(Array<number>(rank).fill(1)));
    try {
      return operation(inputs).dataSync()[0] === value && inputs.every((input) => input.dataSync()[0] === 1);
    } catch {
      return false; // this TensorFlow has no oneDNN or a different version of it, or the binding does not support lists
    }
  });
}

function once(ask: () => boolean): () => boolean {
  let answer: boolean | undefined;
  return () => (answer ??= ask());
}
